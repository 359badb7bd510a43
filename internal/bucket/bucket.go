// Package bucket reads objects of S3, Google Cloud Storage and Azure Blob Storage as a file system. Listing goes page by page;
// what is read lies in a bounded cache on the disk.
//
// Credentials come from where each provider's own tools look for them, and stand in no message. Errors are of kind
// fault.Usage where the configuration or the credentials are wrong, otherwise of kind fault.Data; all of them name the object.
package bucket

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/segmetry/segmetry/internal/fault"
)

// Options say how buckets are reached; everything is optional.
type Options struct {
	Endpoint  string `yaml:"endpoint,omitempty"`  // of a server that speaks a provider's protocol, such as http://localhost:9000
	Region    string `yaml:"region,omitempty"`    // of S3
	Profile   string `yaml:"profile,omitempty"`   // of AWS's credentials file
	Account   string `yaml:"account,omitempty"`   // of Azure
	Anonymous bool   `yaml:"anonymous,omitempty"` // ask without credentials: a public bucket
}

// Network says whether and how the network may be used.
type Network struct {
	Context  context.Context   // ends requests; nil: nothing does
	Offline  bool              // refuse
	Announce func(text string) // is told once a bucket, before it is asked; nil: nobody is
}

// Client opens buckets. It serves several goroutines at once.
type Client struct {
	options Options
	network Network
	limits  limits
	cache   *cache

	mutex   sync.Mutex
	buckets map[string]*FS // by scheme://bucket
}

// NewClient makes a client whose cache lies in a folder ("": the user's) and takes so many bytes at most. Nothing is asked or
// written yet.
func NewClient(o Options, n Network, folder string, size int64) (*Client, error) {
	if n.Context == nil {
		n.Context = context.Background()
	}
	c, err := newCache(folder, size)
	if err != nil {
		return nil, err
	}
	return &Client{options: o, network: n, limits: usualLimits, cache: c, buckets: map[string]*FS{}}, nil
}

// Cache is where what is read from buckets is kept, and how many bytes of it at most.
func (c *Client) Cache() (folder string, limit int64) { return c.cache.folder, c.cache.limit }

// Open is the bucket of a URL; key is the configuration's, for messages.
func (c *Client) Open(key string, u URL) (*FS, error) {
	if c.network.Offline {
		return nil, fault.Usagef("%s: %s lies on the network, which --offline forbids: copy it to the disk, or leave --offline out", key, u)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	root := u.root()
	if f := c.buckets[root]; f != nil {
		return f, nil
	}
	s, endpoint, err := c.connect(u)
	if err != nil {
		return nil, fault.Usagef("%s: %s: %w", key, u, err)
	}
	if say := c.network.Announce; say != nil {
		say(fmt.Sprintf("reading %s from %s; what is read is kept in %s, up to %s", root, endpoint, c.cache.folder, humanize.IBytes(uint64(c.cache.limit))))
	}
	f := &FS{root: root, endpoint: endpoint, store: s, context: c.network.Context, cache: c.cache, limits: c.limits, dirs: map[string]*directory{}}
	c.buckets[root] = f
	return f, nil
}

func (c *Client) connect(u URL) (store, string, error) {
	switch u.Scheme {
	case schemeS3:
		return openS3(c.network.Context, u.Bucket, c.options, c.limits)
	case schemeGCS:
		return openGCS(c.network.Context, u.Bucket, c.options, c.limits)
	}
	return openAzure(u.Bucket, c.options, c.limits)
}

// Err is the first error of all buckets that was no missing object; see [FS.Err].
func (c *Client) Err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, root := range slices.Sorted(maps.Keys(c.buckets)) {
		if err := c.buckets[root].Err(); err != nil {
			return err
		}
	}
	return nil
}
