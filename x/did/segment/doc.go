// Package segment authenticates the data of weak devices: one signature for a whole
// stream, one MAC per unit of data, after TESLA (RFC 4082), DIoTA and whitepaper 000,
// appendix 14. It needs the standard library only, and after set-up it allocates
// nothing, so that devices, gateways and the chain share one definition; a
// microcontroller implements the byte layouts of README.md, "For device makers".
//
// Time runs in intervals t = 1, 2, … n of equal length. The keys of a stream form a
// one-way chain that the device draws at its end and walks to its beginning:
//
//	k_{t-1} = trunc(H(k_t ‖ t−1 ‖ α))
//	mac_t   = trunc(MAC(F'(k_t), domain ‖ schema ‖ t ‖ digest_t))
//
// k_0 is signed, in the schema. The device publishes mac_t in interval t, and k_t no
// earlier than L intervals after t began. Who knows k_t can forge mac_t from then on, so
// a MAC counts only if it was on record before: RFC 4082's safe-packet test.
package segment
