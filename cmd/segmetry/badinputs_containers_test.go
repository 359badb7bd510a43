package main

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"

	"github.com/segmetry/segmetry/dataset"
)

// badSays is the exit code of a command that meets an input, and what is said beside the file's name.
type badSays struct {
	exit  int
	text  string
	about string // what is named instead of the file
}

// zipErrors are the files of testdata/bad/zip, each the root of a dataset.
var zipErrors = map[string]badSays{
	"absolute.zip":          {exit: 3, text: "refused: its member \"/etc/b.png\" has a name that is not a plain path within it"},
	"backslash.zip":         {exit: 3, text: "refused: its member \"images\\\\..\\\\b.png\" has a name that is not a plain path within it"},
	"bomb-lying.zip":        {exit: 3, text: "/images/a.png: zip: not a valid zip file: the zip file is damaged; copy it again, or pack it anew"},
	"bomb.zip":              {exit: 3, text: "/images/a.png claims to have 142606336 bytes: expected at most 134217728"},
	"checksum.zip":          {exit: 3, text: "/images/a.png: zip: checksum error: the zip file is damaged; copy it again, or pack it anew"},
	"claims-4-GiB.zip":      {exit: 3, text: "/images/a.png claims to have 4294967294 bytes: expected at most 1073741824"},
	"content-damaged.zip":   {exit: 3, text: "/images/a.png: zip: checksum error: the zip file is damaged; copy it again, or pack it anew"},
	"count-wrong.zip":       {exit: 3, text: "not a zip file, or one that is cut off (unexpected EOF): copy it again, or pack it anew"},
	"cut-in-directory.zip":  {exit: 3, text: "not a zip file, or one that is cut off (zip: not a valid zip file): copy it again, or pack it anew"},
	"cut-in-half.zip":       {exit: 3, text: "not a zip file, or one that is cut off (zip: not a valid zip file): copy it again, or pack it anew"},
	"directory-outside.zip": {exit: 3, text: "negative offset: the zip file is damaged; copy it again, or pack it anew"},
	"empty-element.zip":     {exit: 3, text: "refused: its member \"images//b.png\" has a name that is not a plain path within it"},
	"encrypted.zip":         {exit: 3, text: "/images/a.png is encrypted: unpack the zip file with its password, and pack it anew without one"},
	"file-and-folder.zip":   {exit: 2, text: "images: duplicate entries in zip file: pack it anew; set dataset.format"},
	"link-to-folder.zip":    {exit: 2, text: "it has masks/, images; set dataset.format, or dataset.images and dataset.masks"},
	"link.zip":              {exit: 3, text: "/images/a.png is not a file: it is a link; put the file itself there"},
	"member-outside.zip":    {exit: 3, text: "/images/a.png: EOF: the zip file is damaged; copy it again, or pack it anew"},
	"method-aes.zip":        {exit: 3, text: "/images/a.png: compressed in a way that is not supported (zip: unsupported compression algorithm): pack it anew with deflate, or without compression"},
	"method-bzip2.zip":      {exit: 3, text: "/images/a.png: compressed in a way that is not supported (zip: unsupported compression algorithm): pack it anew with deflate, or without compression"},
	"method-lzma.zip":       {exit: 3, text: "/images/a.png: compressed in a way that is not supported (zip: unsupported compression algorithm): pack it anew with deflate, or without compression"},
	"no-bytes.zip":          {exit: 3, text: "is empty: it has 0 bytes"},
	"no-masks.zip":          {exit: 2, text: "it has images/; set dataset.format, or dataset.images and dataset.masks"},
	"no-members.zip":        {exit: 2, text: "it has nothing in it; set dataset.format, or dataset.images and dataset.masks"},
	"picture-is-empty.zip":  {exit: 3, text: "/images/a.png is empty: it has 0 bytes"},
	"picture-is-folder.zip": {exit: 3, text: "/images (expected files such as .png or .jpg)"},
	"picture-is-text.zip":   {exit: 3, text: "/images/a.png: not a picture: it begins with \"no pictu\"; expected PNG, JPEG, TIFF, BMP, GIF or WebP"},
	"text.zip":              {exit: 3, text: "not a zip file, or one that is cut off (zip: not a valid zip file): copy it again, or pack it anew"},
	"traversal-within.zip":  {exit: 3, text: "refused: its member \"images/../../b.png\" has a name that is not a plain path within it"},
	"traversal.zip":         {exit: 3, text: "refused: its member \"../images/b.png\" has a name that is not a plain path within it"},
	"twice.zip":             {exit: 3, text: "/images: images/a.png: duplicate entries in zip file: pack it anew"},
}

// tarErrors are those of testdata/bad/tar, each a shard of a webdataset.
var tarErrors = map[string]badSays{
	"absolute.tar":          {exit: 3, text: "refused: its member \"/etc/a.png\" has a name that is not a plain path within it"},
	"apart.tar":             {exit: 3, text: "sample a has no mask: expected one of seg.png, mask.png, label.png, labels.png, gt.png, segmentation.png, annotation.png, seg, mask, png, tif, tiff, found .png; dataset.mask_key names another"},
	"backslash.tar":         {exit: 3, text: "refused: its member \"..\\\\a.png\" has a name that is not a plain path within it"},
	"claims-8-GiB.tar":      {exit: 3, text: "the file is cut off, in or after its member a.png: copy it again"},
	"cut-in-header.tar":     {exit: 3, text: "the file is cut off: copy it again"},
	"cut-in-member.tar":     {exit: 3, text: "the file is cut off, in or after its member a.png: copy it again"},
	"device.tar":            {exit: 3, text: "a.png is a device or a pipe: expected a file"},
	"hard-link.tar":         {exit: 3, text: "a.png is a link to \"/etc/passwd\": refused; pack the file itself (tar --dereference --hard-dereference)"},
	"header-checksum.tar":   {exit: 3, text: "not a tar file, or a damaged one: its first header is not tar's"},
	"link.tar":              {exit: 3, text: "a.png is a link to \"/etc/passwd\": refused; pack the file itself (tar --dereference --hard-dereference)"},
	"negative-size.tar":     {exit: 3, text: "not a tar file, or a damaged one: its first header is not tar's"},
	"no-bytes.tar":          {exit: 3, text: "it is empty: it has 0 bytes"},
	"no-extension.tar":      {exit: 3, text: "(expected members such as 0001.jpg and 0001.seg.png)"},
	"no-image.tar":          {exit: 3, text: "sample a has no image: expected one of jpg, jpeg, png, webp, tif, tiff, bmp, image.png, image.jpg, img.png, img.jpg, found .seg.png; dataset.image_key names another"},
	"no-key.tar":            {exit: 3, text: "(expected members such as 0001.jpg and 0001.seg.png)"},
	"no-mask.tar":           {exit: 3, text: "sample a has no mask: expected one of seg.png, mask.png, label.png, labels.png, gt.png, segmentation.png, annotation.png, seg, mask, png, tif, tiff, found .png; dataset.mask_key names another"},
	"no-members.tar":        {exit: 3, text: "(expected members such as 0001.jpg and 0001.seg.png)"},
	"picture-is-empty.tar":  {exit: 3, text: "a.png is empty: it has 0 bytes"},
	"picture-is-text.tar":   {exit: 3, text: "a.png: not a picture: it begins with \"no pictu\"; expected PNG, JPEG, TIFF, BMP, GIF or WebP"},
	"pipe.tar":              {exit: 3, text: "a.png is a device or a pipe: expected a file"},
	"sparse.tar":            {exit: 3, text: "a.png is a sparse file: pack it anew without holes"},
	"text.tar":              {exit: 3, text: "not a tar file, or a damaged one: its first header is not tar's"},
	"traversal.tar":         {exit: 3, text: "refused: its member \"../b.png\" has a name that is not a plain path within it"},
	"twice.tar":             {exit: 3, text: "a.png stands twice"},
	"unknown-extension.tar": {exit: 3, text: "sample a has no image: expected one of jpg, jpeg, png, webp, tif, tiff, bmp, image.png, image.jpg, img.png, img.jpg, found .seg.png; dataset.image_key names another"},
}

// gzipErrors are those of testdata/bad/tar-gzip.
var gzipErrors = map[string]badSays{
	"bomb-aside.tar.gz":    {exit: 3, text: "its member a.txt claims to have 1099511627776 bytes: expected at most 1073741824 in a compressed file"},
	"bomb.tar.gz":          {exit: 3, text: "a.png claims to have 142606336 bytes: expected at most 134217728 in all of a sample"},
	"bzip2.tar.gz":         {exit: 3, text: "it is compressed by bzip2: expected a tar file, plain or compressed by gzip; unpack it"},
	"checksum.tar.gz":      {exit: 3, text: "the file is damaged, in or after its member a.seg.png (gzip: invalid checksum): copy it again"},
	"cut-in-header.tar.gz": {exit: 3, text: "the file is cut off: copy it again"},
	"cut.tar.gz":           {exit: 3, text: "the file is cut off, in or after its member a.png: copy it again"},
	"damaged.tar.gz":       {exit: 3, text: "the file is damaged, in or after its member a.png (flate: corrupt input before offset 211): copy it again"},
	"no-tar.tar.gz":        {exit: 3, text: "not a tar file, or a damaged one: its first header is not tar's"},
	"text.tar.gz":          {exit: 3, text: "not a tar file, or a damaged one: its first header is not tar's"},
	"traversal.tar.gz":     {exit: 3, text: "refused: its member \"../a.png\" has a name that is not a plain path within it"},
	"twice-packed.tar.gz":  {exit: 3, text: "it is compressed twice, by gzip and within by gzip: unpack it once"},
	"xz.tar.gz":            {exit: 3, text: "it is compressed by xz: expected a tar file, plain or compressed by gzip; unpack it"},
	"zstd.tar.gz":          {exit: 3, text: "it is compressed by zstd: expected a tar file, plain or compressed by gzip; unpack it"},
}

// parquetErrors are those of testdata/bad/parquet.
var parquetErrors = map[string]badSays{
	"column-missing-image.parquet":           {exit: 2, text: "dataset.image_key: none of the columns is called image, img, picture, pixel_values, jpg, png, input: there are annotation, caption"},
	"column-missing.parquet":                 {exit: 2, text: "dataset.mask_key: none of the columns is called annotation, mask, label, labels, segmentation, segmentation_mask, semantic_seg, seg, annotated, ground_truth, gt, target: there are caption, image"},
	"column-of-lists.parquet":                {exit: 2, text: "dataset.image_key: column image is LIST: expected encoded pictures, as bytes or as a struct of bytes and path"},
	"column-of-numbers.parquet":              {exit: 2, text: "dataset.image_key: column image is INT64: expected encoded pictures, as bytes or as a struct of bytes and path"},
	"column-of-struct-without-bytes.parquet": {exit: 2, text: "dataset.image_key: column image is group: expected encoded pictures, as bytes or as a struct of bytes and path"},
	"cut-in-footer.parquet":                  {exit: 3, text: "the file is cut off: it ends with \" 26.\", expected \"PAR1\"; copy it again"},
	"cut.parquet":                            {exit: 3, text: "the file is cut off: it ends with \"\\x00\\x0eID\", expected \"PAR1\"; copy it again"},
	"encrypted.parquet":                      {exit: 3, text: "it is encrypted, which is not supported: write it anew without encryption"},
	"footer-cut.parquet":                     {exit: 3, text: "the file is damaged: its footer cannot be read (reading parquet file metadata:"},
	"footer-damaged.parquet":                 {exit: 3, text: "the file is damaged: its footer cannot be read (reading parquet file metadata:"},
	"footer-of-0.parquet":                    {exit: 3, text: "not a parquet file, or a damaged one: its footer claims to have 0 bytes, expected 1 to 1436; copy it again"},
	"footer-of-4-GiB.parquet":                {exit: 3, text: "not a parquet file, or a damaged one: its footer claims to have 4294967295 bytes, expected 1 to 1436; copy it again"},
	"magic-alone.parquet":                    {exit: 3, text: "not a parquet file, or one that is cut off: it has 4 bytes"},
	"magic-at-beginning.parquet":             {exit: 3, text: "not a parquet file: it begins with \"PAR2\", expected \"PAR1\""},
	"magic-at-end.parquet":                   {exit: 3, text: "the file is cut off: it ends with \"PAR2\", expected \"PAR1\"; copy it again"},
	"mask-null.parquet":                      {exit: 3, text: "row 0, column annotation is null: expected an encoded picture (files that a path refers to are not read)"},
	"no-bytes.parquet":                       {exit: 3, text: "it is empty: it has 0 bytes"},
	"no-rows.parquet":                        {exit: 3, text: "it has no row"},
	"page-cut.parquet":                       {exit: 3, text: "row 0, column image: the file is damaged: the header of a page at byte 4 cannot be read ("},
	"page-damaged.parquet":                   {exit: 3, text: "row 0, column image: the file is damaged: the header of a page at byte 4 cannot be read ("},
	"path-alone.parquet":                     {exit: 3, text: "row 0, column image is null: expected an encoded picture (files that a path refers to are not read)"},
	"picture-empty.parquet":                  {exit: 3, text: "row 0, column image is empty: it has 0 bytes"},
	"picture-garbage.parquet":                {exit: 3, text: "row 0, column image: not a picture: it begins with \"no pictu\"; expected PNG, JPEG, TIFF, BMP, GIF or WebP"},
	"rows-2-62-in-file.parquet":              {exit: 3, text: "the file is damaged: it claims to have 4611686018427387903 rows, and its row groups 1"},
	"rows-2-62-in-group.parquet":             {exit: 3, text: "the file is damaged: its row group 0 claims to have 4611686018427387903 rows, and column image has 1 values"},
	"text.parquet":                           {exit: 3, text: "not a parquet file: it begins with \"This\", expected \"PAR1\""},
}

// badContainers are datasets of one file.
func badContainers() (list []badInput) {
	for folder, errors := range map[string]map[string]badSays{"zip": zipErrors, "tar": tarErrors, "tar-gzip": gzipErrors, "parquet": parquetErrors} {
		list = append(list, badOnes(folder, errors, func(file, _ string) error {
			return readDataset(dataset.Options{Path: file, Classes: []string{"a", "b", "c"}})
		})...)
	}
	return list
}

// badOnes makes an input of each file of a folder.
func badOnes(folder string, errors map[string]badSays, read func(file, dir string) error) (list []badInput) {
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		file := filepath.Join("testdata", "bad", folder, name)
		says := errors[name]
		list = append(list, badInput{name: folder + "/" + name, exit: says.exit, want: []string{cmp.Or(says.about, name), says.text}, read: func(dir string) error { return read(file, dir) }})
	}
	return list
}
