// Package gateway brings the segments and keys of many devices to a chain in batches, as
// a MeshBox does for its sensors. A device hands over a MAC in each interval and its key
// when that is released (package segment); the gateway commits the one in time,
// discloses the other, and remembers what is outstanding in a journal, so that a restart
// loses nothing.
//
// A gateway cannot forge: keys reach it when they are released, and the chain takes no
// segment whose key may be known. It can only withhold.
package gateway
