package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	gateway "github.com/cosmos/gogogateway"
	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"github.com/meshchain/meshchain/docs/openapi"
)

const (
	// MaxMessage is the longest message in bytes: one batch of payments.
	MaxMessage = 8 << 20
	// window of a stream and of a connection, so that a stream of batches never waits for it.
	window = 8 << 20
	// maxStreams of a connection at one time: each payment over several channels is one until it
	// is decided.
	maxStreams   = 1_024
	maxBody      = 1 << 20
	readTimeout  = 30 * time.Second
	writeTimeout = 15 * time.Minute // opening a channel waits for blocks
)

// ListenConfig says where the interface listens.
type ListenConfig struct {
	// GRPC and REST addresses, host:port on loopback; port 0 takes a free one, an empty REST
	// address serves none.
	GRPC, REST string
	// Token that every call must carry.
	Token string
}

// Listener serves the interface.
type Listener struct {
	grpc     *grpc.Server
	rest     *http.Server
	grpcAddr net.Listener
	restAddr net.Listener
}

// Listen opens the ports; Serve answers. Addresses other than loopback are refused: the token goes
// over the wire in the clear.
func Listen(cfg ListenConfig, server PhotonServer) (*Listener, error) {
	g := newGuard(cfg.Token)
	l := &Listener{grpc: grpc.NewServer(
		grpc.ForceServerCodec(codec{}), grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(2*window), grpc.MaxConcurrentStreams(maxStreams),
		grpc.ReadBufferSize(256<<10), grpc.WriteBufferSize(256<<10),
		grpc.UnaryInterceptor(g.unary), grpc.StreamInterceptor(g.stream),
	)}
	RegisterPhotonServer(l.grpc, server)
	var err error
	if l.grpcAddr, err = loopback(cfg.GRPC); err != nil {
		return nil, fmt.Errorf("grpc: %w", err)
	}
	if cfg.REST == "" {
		return l, nil
	}
	if l.restAddr, err = loopback(cfg.REST); err != nil {
		return nil, errors.Join(fmt.Errorf("rest: %w", err), l.grpcAddr.Close())
	}
	rest := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &gateway.JSONPb{EmitDefaults: true, OrigName: true}),
		runtime.WithProtoErrorHandler(runtime.DefaultHTTPProtoErrorHandler),
	)
	if err := RegisterPhotonHandlerServer(context.Background(), rest, server); err != nil {
		return nil, errors.Join(err, l.grpcAddr.Close(), l.restAddr.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openapi.Photon())
	})
	mux.Handle("/", g.http(http.MaxBytesHandler(rest, maxBody)))
	l.rest = &http.Server{Handler: mux, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, ReadHeaderTimeout: readTimeout}
	return l, nil
}

func loopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("address %q: must be on loopback, 127.0.0.1 or ::1: calls carry the token in the clear; use ssh or a proxy with TLS from elsewhere", address)
	}
	return net.Listen("tcp", address)
}

// GRPC and REST return the addresses with the ports that were taken; REST is empty if not served.
func (l *Listener) GRPC() string { return l.grpcAddr.Addr().String() }

// REST address.
func (l *Listener) REST() string {
	if l.restAddr == nil {
		return ""
	}
	return l.restAddr.Addr().String()
}

// Serve answers until ctx ends, then lets calls under way end for a moment.
func (l *Listener) Serve(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- l.grpc.Serve(l.grpcAddr) }()
	if l.rest != nil {
		go func() {
			if err := l.rest.Serve(l.restAddr); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopped := make(chan struct{})
	go func() { l.grpc.GracefulStop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(2 * time.Second):
	}
	l.grpc.Stop()
	if l.rest != nil {
		err = errors.Join(err, l.rest.Close())
	}
	return err
}
