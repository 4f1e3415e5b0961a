// Package deploy makes zones and operates them: it plans a zone, writes its genesis, starts its
// node, links it to the main chain, has it registered and proves that value and data move both ways.
// README.md is the specification; `meshchaind zone` is the command line to it.
//
//	home := deploy.NewHome("/var/lib/meshchain")
//	zone, err := deploy.Create(ctx, home, deploy.Spec{Name: "farm"}, deploy.Options{
//		Binary: "/usr/bin/meshchaind", MainRPC: "http://127.0.0.1:26657", From: "validator",
//	})
package deploy
