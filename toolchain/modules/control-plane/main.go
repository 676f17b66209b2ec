// Command control-plane is one binary that holds every server of a Kubernetes control plane, kubectl and kwok.
// The first argument (or the name it is called by) picks one: etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, kubectl or kwok. One binary instead of six shares the packages they have in common: a sixth of the
// linking time and of the disk, and nine tenths of what kwok alone would have to compile.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"sigs.k8s.io/kwok/pkg/config"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

var commands = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          run(apiserver.NewAPIServerCommand),
	"kube-controller-manager": run(controllermanager.NewControllerManagerCommand),
	"kube-scheduler":          run(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":                 run(kubectl.NewDefaultKubectlCommand),
	"kwok":                    runKwok,
}

func run(command func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(command())) }
}

// kwok reads its configuration files, and the options that say which, before there is a command.
func runKwok() {
	options := pflag.NewFlagSet("global", pflag.ContinueOnError)
	options.ParseErrorsAllowlist.UnknownFlags = true
	options.Usage = func() {}
	ctx, _ := log.InitFlags(signals.SetupSignalContext(), options)
	ctx, err := config.InitFlags(ctx, options)
	if err == nil {
		command := kwok.NewCommand(ctx)
		// Kubernetes' packages register an option --version that is no switch; with a version, cobra reads it as one.
		command.Version = ""
		command.PersistentFlags().AddFlagSet(options)
		err = command.ExecuteContext(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kwok:", err)
		os.Exit(1)
	}
}

func main() {
	if start, known := commands[filepath.Base(os.Args[0])]; known {
		start()
		return
	}
	if len(os.Args) > 1 {
		if start, known := commands[os.Args[1]]; known {
			os.Args = os.Args[1:]
			start()
			return
		}
	}
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintf(os.Stderr, "usage: control-plane %s [arguments]\n", strings.Join(names, "|"))
	os.Exit(2)
}
