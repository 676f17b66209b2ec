// Command argocd is one binary that holds the servers of Argo CD which the sandbox runs, the application
// controller and the repository server, and the kustomize they call. As with Argo CD's own binary,
// ARGOCD_BINARY_NAME in the environment picks the server. Called by the name kustomize, it is kustomize.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/argoproj/argo-cd/v3/util/log"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kustomize/kustomize/v5/commands"
)

var programs = map[string]func(){
	"argocd-application-controller": server(controller.NewCommand),
	"argocd-repo-server":            server(reposerver.NewCommand),
	"kustomize":                     run(commands.NewDefaultCommand),
}

// server is a part of Argo CD, which logs as it does under Argo CD's own main.
func server(command func() *cobra.Command) func() {
	return func() {
		klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
		run(command)()
	}
}

func run(command func() *cobra.Command) func() {
	return func() {
		if err := command().Execute(); err != nil {
			os.Exit(1)
		}
	}
}

func main() {
	name := filepath.Base(os.Args[0])
	if name != "kustomize" {
		name = os.Getenv("ARGOCD_BINARY_NAME")
	}
	start, known := programs[name]
	if !known {
		fmt.Fprintln(os.Stderr, "argocd: ARGOCD_BINARY_NAME is to be argocd-application-controller or argocd-repo-server")
		os.Exit(2)
	}
	start()
}
