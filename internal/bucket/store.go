package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// object is one of a bucket, or what lies under a common prefix.
type object struct {
	key     string
	size    int64
	version uint64 // of the content: a digest of its ETag
	folder  bool   // key ends before the slash
}

// versionOf makes a version of an ETag.
func versionOf(etag string) uint64 {
	sum := sha256.Sum256([]byte(etag))
	return binary.BigEndian.Uint64(sum[:])
}

// store is a bucket as its provider has it. Its errors are failures.
type store interface {
	// list yields objects and folders of a prefix, which ends in a slash or is empty, in pages.
	list(ctx context.Context, prefix string) iter.Seq2[object, error]
	head(ctx context.Context, key string) (object, error)
	get(ctx context.Context, key string) (io.ReadCloser, object, error)
}

// reason is why a request failed.
type reason int

const (
	other    reason = iota
	missing         // the object
	noBucket        // the bucket
	denied
	unreachable // the provider's client has tried again
	torn        // in the middle of an answer
)

// failure is an error of a provider.
type failure struct {
	reason reason
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// Is makes a missing object one that does not exist.
func (f *failure) Is(target error) bool { return f.reason == missing && target == fs.ErrNotExist }

func reasonOf(err error) reason {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.reason
	}
	return other
}

// fail classifies an error by its HTTP status and the provider's code for a missing bucket. URLs, which may have signatures, are
// taken out.
func fail(err error, status int, bucketMissing bool) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	_, network := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case bucketMissing:
		return &failure{noBucket, err}
	case status == http.StatusNotFound:
		return &failure{missing, err}
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return &failure{denied, err}
	case status == 0 && network, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), status >= 500, status == http.StatusTooManyRequests:
		return &failure{unreachable, err}
	}
	return &failure{other, err}
}

// explain says what failed, where, and what to do.
func (f *FS) explain(key string, err error) error {
	at := URLOf(f.root, key)
	switch reasonOf(err) {
	case noBucket:
		return fault.Usagef("%s: there is no bucket %s at %s: mind its name, and the endpoint and region (?endpoint=…&region=…)", at, f.root, f.endpoint)
	case denied:
		return fault.Usagef("%s: access denied by %s: %w; credentials come from the provider's environment variables or profile (docs/datasets.md), ?anonymous=true asks a public bucket without", at, f.endpoint, err)
	case unreachable, torn:
		return fault.Dataf("%s: no answer from %s after %d tries: %w", at, f.endpoint, f.limits.tries, err)
	case missing:
		return fault.Dataf("%s: %w", at, &failure{missing, fmt.Errorf("there is no such object, or it has vanished since it was listed: %w", err)})
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Dataf("%s: %w", at, err)
}

// URLOf is the URL of a key in the bucket of a root.
func URLOf(root, key string) string {
	if key == "" || key == "." {
		return root
	}
	return root + "/" + key
}

// limits bound what a network can take.
type limits struct {
	dial, header time.Duration // to connect; from a request to the answer's first byte
	stall        time.Duration // without a byte of an answer
	tries        int
}

var usualLimits = limits{dial: 10 * time.Second, header: 30 * time.Second, stall: 60 * time.Second, tries: 4}

// transport is one whose waiting is bounded.
func (l limits) transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: l.dial, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: l.dial, ResponseHeaderTimeout: l.header, IdleConnTimeout: time.Minute,
		MaxIdleConns: 64, MaxIdleConnsPerHost: 32, DisableCompression: true, ForceAttemptHTTP2: true,
	}
}

var errStalled = errors.New("the answer stopped in the middle")

// watched ends a request whose answer stands still.
type watched struct {
	io.ReadCloser
	timer *time.Timer
	stall time.Duration
	err   func() error
}

// watch takes the function that ends the request, and one that says whether someone else did.
func watch(body io.ReadCloser, stall time.Duration, cancel context.CancelCauseFunc, cause func() error) *watched {
	return &watched{body, time.AfterFunc(stall, func() { cancel(errStalled) }), stall, cause}
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.stall)
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF && errors.Is(w.err(), errStalled) {
		err = errStalled
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.ReadCloser.Close()
}
