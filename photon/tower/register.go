package tower

import "github.com/meshchain/meshchain/photon/protocol"

// Register lets a node's tower and its client take their messages; either may be nil.
func Register(wire Wire, server *Server, client *Client) {
	wire.Handle([2]protocol.Kind{KindAsk, lastKind}, func(peer string, kind protocol.Kind, body []byte) error {
		switch kind {
		case KindAsk, KindState, KindShow:
			if server != nil {
				return server.take(peer, kind, body)
			}
			if kind == KindAsk {
				m, err := ParseAsk(body)
				if err != nil {
					return err
				}
				_ = wire.SendTo(peer, Terms{Domain: m.Domain}) // no account: no tower
			}
		case KindTerms, KindReceipt, KindRefusal, KindShown:
			if client != nil {
				return client.take(peer, kind, body)
			}
		}
		return nil
	})
}
