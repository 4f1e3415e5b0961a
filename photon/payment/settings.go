package payment

import "github.com/meshchain/meshchain/photon/protocol"

// SetPolicy sets what the node asks for forwarding into a channel.
func (c *Core) SetPolicy(id protocol.ChannelID, policy protocol.Policy) error {
	config := c.config
	config.Policy = policy
	if err := config.Validate(); err != nil {
		return err
	}
	c.policies[id] = policy
	return nil
}

// Policy in force for a channel.
func (c *Core) Policy(id protocol.ChannelID) protocol.Policy {
	if p, ok := c.policies[id]; ok {
		return p
	}
	return c.config.Policy
}

// ResetPolicy puts that of the configuration in force again.
func (c *Core) ResetPolicy(id protocol.ChannelID) { delete(c.policies, id) }

// Rates of swaps; not to be changed.
func (c *Core) Rates() map[Pair]Rate { return c.config.Rates }

// SetRate sets the rate of a swap; a zero rate ends it.
func (c *Core) SetRate(pair Pair, rate Rate) {
	if c.config.Rates == nil {
		c.config.Rates = map[Pair]Rate{}
	}
	if rate.In == 0 || rate.Out == 0 {
		delete(c.config.Rates, pair)
		return
	}
	c.config.Rates[pair] = rate
}
