// Package api is the interface of a payment node for the programs of its owner: gRPC for streams
// of payments, REST for everything else, both on loopback only and behind a token that lies in a
// file which the owner alone can read. The messages are in proto/mesh/photon/v1, the REST
// description in docs/openapi/photon.json.
package api
