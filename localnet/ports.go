package localnet

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are taken below the range that systems hand out to outgoing
// connections (32768 and up on Linux, 49152 elsewhere): a port that is free
// now must still be free when a killed node comes back to it.
const (
	firstPort = 20000
	lastPort  = 32000
)

var (
	portsMu    sync.Mutex
	portsGiven = map[int]bool{}
)

// FreePorts returns n different ports on which nobody listens on the loopback
// interface, and which this process has not been given before. Another process
// may take one before it is used; whoever starts a server must expect that.
func FreePorts(n int) ([]int, error) {
	portsMu.Lock()
	defer portsMu.Unlock()
	var ports []int
	span := lastPort - firstPort
	offset := rand.IntN(span)
	for i := 0; i < span && len(ports) < n; i++ {
		port := firstPort + (offset+i)%span
		if !portsGiven[port] && portFree(port) {
			ports = append(ports, port)
		}
	}
	if len(ports) < n {
		return nil, fmt.Errorf("found %d of %d free ports between %d and %d", len(ports), n, firstPort, lastPort)
	}
	for _, p := range ports {
		portsGiven[p] = true
	}
	return ports, nil
}

// portFree tries every address, so that a server on 0.0.0.0 counts too.
func portFree(port int) bool {
	for _, host := range []string{"127.0.0.1", ""} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return false
		}
		if err := l.Close(); err != nil {
			return false
		}
	}
	return true
}
