// Package store keeps the state of a payment node durably, at one disk flush for any
// number of channels.
//
// Everything that must survive is one record of an append-only log: changed keys, and
// optionally a body (a batch of payments). A committer gathers what all channels handed
// in meanwhile, writes it with one fdatasync, applies the keys to a pebble database
// without a flush of its own, and only then calls back (group commit). The log is the
// write-ahead log of that database: at start the records that it has not on disk yet are
// applied again.
//
// The log lies in preallocated segments. The oldest ones are dropped as a whole when
// they exceed the retention, and with them bodies; keys stay.
package store
