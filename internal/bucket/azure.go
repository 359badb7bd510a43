package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// azureStore is a container of Azure Blob Storage.
type azureStore struct {
	client *container.Client
}

// openAzure looks for account and credentials where Azure's own tools do: AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_ACCOUNT with
// AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; otherwise whoever the environment, the machine or az login stands for.
func openAzure(name string, o Options, l limits) (store, string, error) {
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: &http.Client{Transport: l.transport()},
		Retry:     policy.RetryOptions{MaxRetries: int32(l.tries - 1), RetryDelay: 200 * time.Millisecond, MaxRetryDelay: time.Second},
	}}
	if text := os.Getenv("AZURE_STORAGE_CONNECTION_STRING"); text != "" && o.Account == "" && o.Endpoint == "" && !o.Anonymous {
		client, err := container.NewClientFromConnectionString(text, name, options)
		if err != nil {
			return nil, "", errors.New("AZURE_STORAGE_CONNECTION_STRING is no connection string") // which may stand in err
		}
		return &azureStore{client}, hostOf(client), nil
	}
	account := cmp.Or(o.Account, os.Getenv("AZURE_STORAGE_ACCOUNT"))
	if account == "" && o.Endpoint == "" {
		return nil, "", errors.New("whose container is it? Set AZURE_STORAGE_ACCOUNT, or ?account=…")
	}
	at := strings.TrimSuffix(cmp.Or(o.Endpoint, "https://"+account+".blob.core.windows.net"), "/") + "/" + name
	client, err := azureClient(at, account, o, options)
	if err != nil {
		return nil, "", err
	}
	return &azureStore{client}, hostOf(client), nil
}

func azureClient(at, account string, o Options, options *container.ClientOptions) (*container.Client, error) {
	key, sas := os.Getenv("AZURE_STORAGE_KEY"), strings.TrimPrefix(os.Getenv("AZURE_STORAGE_SAS_TOKEN"), "?")
	switch {
	case o.Anonymous:
		return container.NewClientWithNoCredential(at, options)
	case key != "":
		shared, err := container.NewSharedKeyCredential(account, key)
		if err != nil {
			return nil, errors.New("AZURE_STORAGE_KEY is no key in base64")
		}
		return container.NewClientWithSharedKeyCredential(at, shared, options)
	case sas != "":
		return container.NewClientWithNoCredential(at+"?"+sas, options)
	}
	id, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, fmt.Errorf("no credentials: %w", err)
	}
	return container.NewClient(at, id, options)
}

// hostOf is where a client asks, without a signature.
func hostOf(c *container.Client) string {
	scheme, rest, _ := strings.Cut(c.URL(), "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

func (s *azureStore) list(ctx context.Context, prefix string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		pages := s.client.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix})
		for pages.More() {
			page, err := pages.NextPage(ctx)
			if err != nil || page.Segment == nil {
				yield(object{}, failAzure(cmp.Or(err, errors.New("an answer without a list"))))
				return
			}
			for _, p := range page.Segment.BlobPrefixes {
				if !yield(object{key: strings.TrimSuffix(value(p.Name), "/"), folder: true}, nil) {
					return
				}
			}
			for _, b := range page.Segment.BlobItems {
				o := object{key: value(b.Name)}
				if p := b.Properties; p != nil {
					o.size, o.version = value(p.ContentLength), versionOf(plainETag(p.ETag))
				}
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

func (s *azureStore) head(ctx context.Context, key string) (object, error) {
	p, err := s.client.NewBlobClient(key).GetProperties(ctx, nil)
	if err != nil {
		return object{}, failAzure(err)
	}
	return object{key, value(p.ContentLength), versionOf(plainETag(p.ETag)), false}, nil
}

func (s *azureStore) get(ctx context.Context, key string) (io.ReadCloser, object, error) {
	r, err := s.client.NewBlobClient(key).DownloadStream(ctx, &blob.DownloadStreamOptions{})
	if err != nil {
		return nil, object{}, failAzure(err)
	}
	return r.Body, object{key, value(r.ContentLength), versionOf(plainETag(r.ETag)), false}, nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// plainETag is an ETag without quotes: lists have none.
func plainETag(e *azcore.ETag) string { return strings.Trim(string(value(e)), `"`) }

// failAzure says the first line alone: the rest of such an error is the whole answer.
func failAzure(err error) error {
	r, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return fail(err, 0, false)
	}
	plain := fmt.Errorf("%d %s", r.StatusCode, cmp.Or(r.ErrorCode, http.StatusText(r.StatusCode)))
	return fail(plain, r.StatusCode, bloberror.HasCode(err, bloberror.ContainerNotFound))
}
