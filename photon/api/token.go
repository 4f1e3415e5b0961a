package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

const (
	tokenBytes = 32
	header     = "authorization"
	scheme     = "Bearer "
)

// EnsureToken returns the token in the file and draws one if there is no file. Who can read it can
// spend: the file has mode 0600, and one that others can read is refused.
func EnsureToken(path string) (string, error) {
	token, err := ReadToken(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	var b [tokenBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	token = hex.EncodeToString(b[:])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(token + "\n")
	return token, errors.Join(err, f.Sync(), f.Close())
}

// ReadToken reads a token file.
func ReadToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("token file %s has mode %04o: others can read it and spend; must be 0600", path, info.Mode().Perm())
	}
	bz, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(bz))
	if b, err := hex.DecodeString(token); err != nil || len(b) != tokenBytes {
		return "", fmt.Errorf("token file %s: must hold %d hexadecimal digits", path, 2*tokenBytes)
	}
	return token, nil
}

// guard compares tokens in constant time.
type guard struct{ hash [sha256.Size]byte }

func newGuard(token string) guard { return guard{sha256.Sum256([]byte(scheme + token))} }

func (g guard) passes(value string) bool {
	got := sha256.Sum256([]byte(value))
	return subtle.ConstantTimeCompare(got[:], g.hash[:]) == 1
}

func (g guard) check(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	for _, value := range md.Get(header) {
		if g.passes(value) {
			return nil
		}
	}
	return Fail(codes.Unauthenticated, ReasonToken, "the header %q with the token of this node is missing or wrong", header)
}

func (g guard) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := g.check(ctx); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (g guard) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := g.check(ss.Context()); err != nil {
		return err
	}
	return handler(srv, ss)
}

func (g guard) http(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.passes(r.Header.Get(header)) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, fmt.Sprintf("the header %q with the token of this node is missing or wrong", header), http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// credentials puts the token on every call. They work without TLS, as the node is on loopback.
type credentials struct{ token string }

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (c credentials) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{header: scheme + c.token}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (credentials) RequireTransportSecurity() bool { return false }
