package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// file opens the cache's copy of an object, which is fetched where there is none of that version. Another process may take a copy
// away between the two: then it is fetched again.
func (f *FS) file(name string, e entry) (*os.File, error) {
	id := f.cache.id(f.endpoint, f.root, name)
	at := f.cache.path(id, e.size, e.version)
	for range 3 {
		if file, err := f.cache.open(at); err == nil {
			return file, nil
		}
		fetched, err, _ := f.fetches.Do(at, func() (any, error) { return f.fetch(id, name) })
		if err != nil {
			return nil, err
		}
		at, _ = fetched.(string) // its version may be newer than the one listed
	}
	file, err := f.cache.open(at)
	if err != nil {
		return nil, fault.Dataf("%s: its copy was taken out of the cache three times before it could be read: dataset.cache.size is too small for what is read at once", URLOf(f.root, name))
	}
	return file, nil
}

// fetch tries again where an answer ends or stands still in the middle; the provider's client does where there is none.
func (f *FS) fetch(id, name string) (at string, err error) {
	for try := range f.limits.tries {
		if at, err = f.once(id, name); err == nil || reasonOf(err) != torn {
			break
		}
		select {
		case <-f.context.Done():
			return "", f.context.Err()
		case <-time.After(time.Duration(try+1) * 200 * time.Millisecond):
		}
	}
	if _, ours := errors.AsType[*fault.Error](err); err == nil || ours {
		return at, err
	}
	return "", f.explain(name, err)
}

func (f *FS) once(id, name string) (string, error) {
	ctx, cancel := context.WithCancelCause(f.context)
	defer cancel(nil)
	body, o, err := f.store.get(ctx, name)
	if err != nil {
		return "", err
	}
	defer body.Close()
	if o.size < 0 {
		return "", fault.Dataf("%s: its server does not say how many bytes it has", URLOf(f.root, name))
	}
	if o.size > f.cache.limit {
		return "", fault.Dataf("%s has %d bytes, more than the whole cache of %d: raise dataset.cache.size", URLOf(f.root, name), o.size, f.cache.limit)
	}
	w := watch(body, f.limits.stall, cancel, func() error { return context.Cause(ctx) })
	defer func() { _ = w.Close() }() // what was read is complete, or refused
	return f.cache.add(id, o, func(dst io.Writer) error {
		n, err := io.Copy(dst, io.LimitReader(w, o.size+1))
		if _, ondisk := errors.AsType[*fs.PathError](err); ondisk {
			return fault.Dataf("%s: writing its copy: %w; dataset.cache.folder names another place", URLOf(f.root, name), err)
		}
		switch {
		case errors.Is(err, context.Canceled) && f.context.Err() != nil:
			return err
		case err != nil:
			return &failure{torn, err}
		case n != o.size:
			return &failure{torn, fmt.Errorf("%d of its %d bytes came: %w", n, o.size, io.ErrUnexpectedEOF)}
		}
		return nil
	})
}
