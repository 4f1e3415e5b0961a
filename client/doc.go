// Package client is what a program needs to talk to a node of the main chain or of a zone:
// a connection that generated query clients accept, an encoding built for an address prefix,
// and accounts that sign, send and follow transactions at a high rate.
//
//	enc, _ := client.NewEncoding("mesh", transackettypes.RegisterInterfaces)
//	keys, _ := client.OpenKeyring("test", home, nil)
//	c, err := client.Dial(ctx, client.Config{RPC: "http://127.0.0.1:26657", ChainID: "mesh-main-1",
//		GasPrices: "0.0025usmt", Encoding: enc, Keyring: keys})
//	balance, err := banktypes.NewQueryClient(c).Balance(ctx, &banktypes.QueryBalanceRequest{…})
//	sensor, err := c.Account("sensor-1")
//	result, err := sensor.Send(ctx, msg)          // waits for the block
//	pending, err := sensor.Broadcast(ctx, msg)    // returns after CheckTx; several may be in flight
//	result, err = c.Wait(ctx, pending)
//
// The package knows no application: message types beyond the common ones are registered by the
// caller through [NewEncoding]. It never touches the process-wide SDK configuration, so chains with
// different address prefixes can be used side by side.
package client
