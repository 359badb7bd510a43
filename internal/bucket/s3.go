package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3Store is a bucket of S3, or of what speaks its protocol.
type s3Store struct {
	core   minio.Core
	bucket string
}

// metadataTime bounds how long a machine is asked whether it is one of AWS's and has a role.
const metadataTime = 2 * time.Second

// openS3 looks for endpoint, region and credentials where AWS's own tools do: in the environment, then in the profile, then in the
// machine's or container's role. Without any the bucket is asked as a public one.
func openS3(_ context.Context, bucket string, o Options, l limits) (store, string, error) {
	endpoint := cmp.Or(o.Endpoint, os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")
	chain := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}
	if o.Profile != "" { // asked for by name: it goes before the environment
		chain = []credentials.Provider{&credentials.FileAWSCredentials{Profile: o.Profile}}
	} else if o.Endpoint == "" || os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" {
		chain = append(chain, &credentials.IAM{Client: &http.Client{Timeout: metadataTime}})
	}
	creds := credentials.NewChainCredentials(chain)
	if o.Anonymous {
		creds = credentials.NewStaticV4("", "", "")
	}
	region := cmp.Or(o.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if region == "" && o.Endpoint != "" {
		region = "us-east-1" // what servers of their own take
	}
	return newS3(bucket, endpoint, region, creds, l.transport(), l)
}

func newS3(bucket, endpoint, region string, creds *credentials.Credentials, t http.RoundTripper, l limits) (store, string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, "", fmt.Errorf("the endpoint is no URL such as https://storage.example.com")
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: creds, Secure: u.Scheme == "https", Transport: t, Region: region, MaxRetries: l.tries})
	if err != nil {
		return nil, "", err
	}
	return &s3Store{minio.Core{Client: client}, bucket}, u.Scheme + "://" + u.Host, nil
}

func (s *s3Store) list(ctx context.Context, prefix string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for o := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix}) {
			if o.Err != nil {
				yield(object{}, failS3(o.Err))
				return
			}
			if key, folder := strings.CutSuffix(o.Key, "/"); !yield(object{key, o.Size, versionOf(o.ETag), folder}, nil) {
				return
			}
		}
	}
}

func (s *s3Store) head(ctx context.Context, key string) (object, error) {
	o, err := s.core.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return object{}, failS3(err)
	}
	return object{key, o.Size, versionOf(o.ETag), false}, nil
}

func (s *s3Store) get(ctx context.Context, key string) (io.ReadCloser, object, error) {
	body, o, _, err := s.core.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, object{}, failS3(err)
	}
	return body, object{key, o.Size, versionOf(o.ETag), false}, nil
}

func failS3(err error) error {
	r, _ := errors.AsType[minio.ErrorResponse](err)
	return fail(err, r.StatusCode, r.Code == minio.NoSuchBucket)
}
