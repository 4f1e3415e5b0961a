// Package tower lets nodes watch channels for each other. A client hands a tower the newest pair
// that it received in a channel, with locks, secrets and disposals, and a delegation that names the
// tower and its reward. The tower signs a receipt for each state. When the partner closes and the
// client does not answer, the tower shows what it has on chain, from a quarter of the update phase on
// (before, it would earn nothing, and the client has the chance to act itself).
//
// A tower can read the states it is given and cannot spend from the channels. Clients ask towers again
// and again what they have: one that has less than it signed for has lied or lost data, and is never
// used again.
//
//	state    id      tag  body
//	64 Ask / 65 Terms: will you watch, for which account and reward
//	66 State / 67 Receipt / 68 Refusal: keep this, signed
//	69 Show / 70 Shown: what do you have
package tower
