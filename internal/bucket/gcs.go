package bucket

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// gcsScope is what is asked for: reading alone.
const gcsScope = "https://www.googleapis.com/auth/devstorage.read_only"

// openGCS speaks the S3 protocol that Google Cloud Storage has as well (its XML API), with Google's own credentials: those that
// GOOGLE_APPLICATION_CREDENTIALS names, gcloud's, or the machine's. Without any the bucket is asked as a public one.
func openGCS(ctx context.Context, bucket string, o Options, l limits) (store, string, error) {
	endpoint := cmp.Or(o.Endpoint, os.Getenv("STORAGE_EMULATOR_HOST"), "https://storage.googleapis.com")
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint // as emulators are named
	}
	var t http.RoundTripper = asStored{l.transport()}
	if !o.Anonymous {
		if found, err := google.FindDefaultCredentials(ctx, gcsScope); err == nil {
			t = &oauth2.Transport{Source: found.TokenSource, Base: t}
		} else if os.Getenv("GOOGLE_APPLICATION_CREDENTIALS") != "" {
			return nil, "", err
		}
	}
	return newS3(bucket, endpoint, "auto", credentials.NewStaticV4("", "", ""), t, l)
}

// asStored asks for objects that were stored compressed as they are: their size is then the one listed.
type asStored struct{ base http.RoundTripper }

func (a asStored) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Encoding", "gzip")
	return a.base.RoundTrip(r)
}
