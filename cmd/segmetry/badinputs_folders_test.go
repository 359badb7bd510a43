package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/segmetry/segmetry/dataset"
)

// folderErrors are folders with what no repository can hold: links, pipes, and names that go nowhere.
var folderErrors = []struct {
	name string
	make func(images, masks string) error
	says badSays
}{
	{"link-loop", func(images, _ string) error { return os.Symlink(images, filepath.Join(images, "within")) }, badSays{exit: 3, text: "images/within is a link to a folder that it lies in: a loop"}},
	{"link-to-itself", func(images, masks string) error {
		if err := copyGood(filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return os.Symlink("b.png", filepath.Join(images, "b.png"))
	}, badSays{exit: 3, text: "images/b.png is a link to b.png, which leads to no file, perhaps to itself"}},
	{"link-loop-of-two", func(images, masks string) error {
		if err := os.Symlink(filepath.Join(images, "b.png"), filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return os.Symlink(filepath.Join(masks, "b.png"), filepath.Join(images, "b.png"))
	}, badSays{exit: 3, text: "masks/b.png, which leads to no file, perhaps to itself"}},
	{"image-dangling", func(images, masks string) error {
		if err := copyGood(filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return os.Symlink(filepath.Join(images, "gone.png"), filepath.Join(images, "b.png"))
	}, badSays{exit: 3, text: "images/gone.png, which does not exist: copy that there, or remove the link"}},
	{"mask-dangling", func(images, masks string) error {
		if err := copyGood(filepath.Join(images, "b.png")); err != nil {
			return err
		}
		return os.Symlink("gone.png", filepath.Join(masks, "b.png"))
	}, badSays{exit: 3, text: "masks/b.png is a link to gone.png, which does not exist: copy that there, or remove the link"}},
	{"image-is-pipe", func(images, masks string) error {
		if err := copyGood(filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return syscall.Mkfifo(filepath.Join(images, "b.png"), 0o600)
	}, badSays{exit: 3, text: "images/b.png is not a file: it is a pipe"}},
	{"image-is-device", func(images, masks string) error {
		if err := copyGood(filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return os.Symlink("/dev/zero", filepath.Join(images, "b.png"))
	}, badSays{exit: 3, text: "images/b.png is not a file: it is a device"}},
	{"image-is-folder", func(images, masks string) error {
		if err := copyGood(filepath.Join(masks, "b.png")); err != nil {
			return err
		}
		return os.Mkdir(filepath.Join(images, "b.png"), 0o700)
	}, badSays{exit: 3, text: "masks/b.png has no image: expected b with any picture's extension"}},
	{"folders-40-deep", func(images, _ string) error {
		return os.MkdirAll(filepath.Join(images, strings.Repeat("d/", 40)), 0o700)
	}, badSays{exit: 3, text: "is more than 32 folders deep"}},
	{"no-folder", func(images, _ string) error { return os.RemoveAll(images) }, badSays{exit: 2, text: "images: no such file or directory: expected a folder or a zip file"}},
	{"folder-is-file", func(images, _ string) error {
		if err := os.RemoveAll(images); err != nil {
			return err
		}
		return copyGood(images)
	}, badSays{exit: 2, text: "images is a file: expected a folder or a zip file"}},
	{"nothing-in-it", func(images, masks string) error { return os.Remove(filepath.Join(images, "a.png")) }, badSays{exit: 3, text: "the dataset is empty: no image in"}},
}

// badFolders are pairs of folders with a good pair, and with what is wrong beside it.
func badFolders() (list []badInput) {
	for _, c := range folderErrors {
		list = append(list, badInput{name: "folders/" + c.name, exit: c.says.exit, want: []string{c.says.text}, read: func(dir string) error {
			images, masks := filepath.Join(dir, "images"), filepath.Join(dir, "masks")
			for _, folder := range []string{images, masks} {
				if err := os.Mkdir(folder, 0o700); err != nil {
					return err
				}
				if err := copyGood(filepath.Join(folder, "a.png")); err != nil {
					return err
				}
			}
			if err := c.make(images, masks); err != nil {
				return err
			}
			return readDataset(dataset.Options{Images: images, Masks: masks, Classes: []string{"a", "b", "c"}})
		}})
	}
	return list
}

func copyGood(to string) error {
	content, err := os.ReadFile(filepath.Join(badFolder, "good.png"))
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
