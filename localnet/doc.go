// Package localnet sets up chains of real meshchaind processes on this machine
// and supervises them: homes, keys, genesis, free ports, persistent peers, log
// files, restarts, and wires that can be cut. The demo and the end-to-end tests run on it.
//
//	chain, err := localnet.New(ctx, localnet.Spec{
//		Binary: bin, ChainID: "farm-1", Zone: "farm", Home: dir,
//		Accounts: []localnet.Account{{Name: "sensor-1", Coins: "1000000ufarm"}},
//	})
//	err = chain.Start(ctx)   // returns after the first block
//	defer chain.Stop()
//	chain.Nodes[0].RPC()     // http://127.0.0.1:23145
//
// Set-up runs the commands an operator would: init, genesis
// add-genesis-account, gentx, collect-gentxs, validate. Everything listens on
// the loopback interface only, and only processes started here are ever ended.
// The keys are made on the spot and lie unencrypted in a directory that nobody
// else can read: such a chain is for trying out, not for value.
package localnet
