package bucket

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// The schemes of buckets' URLs.
const (
	schemeS3    = "s3"
	schemeGCS   = "gs"
	schemeAzure = "azblob"
)

var schemes = []string{schemeS3, schemeGCS, schemeAzure}

// URL names an object, or what would be a folder of objects: s3://bucket/key. Keys stand in it as they are, without escapes.
type URL struct {
	Scheme, Bucket string
	Key            string // "." for the bucket itself
}

// Is says whether a name is a bucket's URL.
func Is(name string) bool {
	scheme, _, ok := strings.Cut(name, "://")
	return ok && slices.Contains(schemes, scheme)
}

// Parse takes a URL apart. Its query is the options' ([Options.Take]), and must be gone.
func Parse(name string) (URL, error) {
	scheme, rest, _ := strings.Cut(name, "://")
	bucket, key, _ := strings.Cut(rest, "/")
	switch {
	case strings.Contains(bucket, "@"):
		return URL{}, fmt.Errorf("a %s:// URL with credentials: leave them out; they come from the environment or a profile", scheme)
	case bucket == "":
		return URL{}, fmt.Errorf("%s names no bucket: expected %s://bucket/folder", name, scheme)
	}
	return URL{scheme, bucket, path.Join(".", path.Clean("/" + key)[1:])}, nil
}

func (u URL) root() string { return u.Scheme + "://" + u.Bucket }

// String is the URL without a query.
func (u URL) String() string {
	if u.Key == "." {
		return u.root()
	}
	return u.root() + "/" + u.Key
}

// Join is a name below a URL.
func Join(name, sub string) string {
	u, err := Parse(name)
	if err != nil {
		return name + "/" + sub
	}
	u.Key = path.Join(u.Key, sub)
	return u.String()
}

// Dir is a URL without its last element.
func Dir(name string) string {
	u, err := Parse(name)
	if err != nil {
		return name
	}
	u.Key = path.Dir(u.Key)
	return u.String()
}

// Take moves a URL's query into the options, and returns the URL without it. What was set to something else is an error, which
// names no value: someone may have written a secret there.
func (o *Options) Take(name string) (string, error) {
	name, query, asked := strings.Cut(name, "?")
	if !asked {
		return name, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", errors.New("the query of its URL cannot be read: expected ?endpoint=…&region=…")
	}
	for key, list := range values {
		if err := o.take(key, list[0]); err != nil {
			return "", err
		}
	}
	return name, nil
}

func (o *Options) take(key, value string) error {
	fields := map[string]*string{"endpoint": &o.Endpoint, "region": &o.Region, "profile": &o.Profile, "account": &o.Account}
	if key == "anonymous" {
		on, err := strconv.ParseBool(value)
		if err != nil {
			return errors.New("its URL's anonymous: expected true or false")
		}
		o.Anonymous = o.Anonymous || on
		return nil
	}
	field := fields[key]
	if field == nil {
		return fmt.Errorf("its URL asks for %q: expected endpoint, region, profile, account or anonymous", key)
	}
	if *field != "" && *field != value {
		return fmt.Errorf("two values of %s: all buckets of a dataset are reached in one way", key)
	}
	*field = value
	return nil
}

// Validate reports everything that is wrong, each error beginning with the key that the prefix leads to.
func (o Options) Validate(prefix string) error {
	if o.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%s.endpoint: expected a URL such as https://storage.example.com", prefix)
	case u.User != nil || u.RawQuery != "":
		return fmt.Errorf("%s.endpoint: credentials and a query have no place in it; credentials come from the environment or a profile", prefix)
	}
	return nil
}
