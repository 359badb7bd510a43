package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
)

// cocoErrors are the JSON files of testdata/bad/coco, each the truth of good.png.
var cocoErrors = map[string]badSays{
	"a-list.json":                     {exit: 3, text: "near byte 1: expected \"{\", found ["},
	"a-number.json":                   {exit: 3, text: "near byte 1: expected \"{\", found 3"},
	"annotation-of-no-image.json":     {exit: 3, text: "an annotation belongs to image 8, which is not in the file"},
	"annotation-without-image.json":   {exit: 3, text: "near byte 171: annotation 0 of the list has no image_id"},
	"category-65535.json":             {exit: 3, text: "near byte 233: category \"cell\" has id 65535: expected one from 0 to 65533"},
	"category-id-of-text.json":        {exit: 3, text: "near byte 233: category 0 of the list: id: expected a whole number, found string"},
	"category-id-twice.json":          {exit: 3, text: "near byte 257: two categories have id 1"},
	"category-name-missing.json":      {exit: 3, text: "near byte 213: category 0 of the list: expected id and name"},
	"category-name-twice.json":        {exit: 3, text: "two categories are called \"cell\": name the classes yourself (dataset.classes), with dataset.label_map from the categories' ids"},
	"category-negative.json":          {exit: 3, text: "good.png: annotation 0 of its image has category -1: expected one from 0 to 65533"},
	"category-unknown.json":           {exit: 3, text: "good.png: 36 pixels have a label that is no class, the first 2 at (1,0): expected 0 to 1; add classes (dataset.classes), ignore it (dataset.ignore_index: 2) or map it (dataset.label_map)"},
	"counts-2-40.json":                {exit: 3, text: "good.png: annotation 0 of its image: its run lengths: expected a whole number from 0 to 4294967295, found number 1099511627776"},
	"counts-fraction.json":            {exit: 3, text: "good.png: annotation 0 of its image: its run lengths: expected a whole number from 0 to 4294967295, found number 0.5"},
	"counts-long.json":                {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are out of range: they make 10100 pixels or more, expected 24×16"},
	"counts-missing.json":             {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected polygons, or run lengths with size and counts, found no counts"},
	"counts-negative.json":            {exit: 3, text: "good.png: annotation 0 of its image: its run lengths: expected a whole number from 0 to 4294967295, found number -100"},
	"counts-of-text.json":             {exit: 3, text: "good.png: annotation 0 of its image: its run lengths: expected a whole number from 0 to 4294967295, found string"},
	"counts-short.json":               {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are out of range: they make 200 pixels or more, expected 24×16"},
	"counts-size-absurd.json":         {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are for 1099511627776×1099511627776 pixels: the image has 24×16"},
	"counts-size-of-text.json":        {exit: 3, text: "good.png: annotation 0 of its image: segmentation: its run lengths: size: expected a list, found string"},
	"counts-size-turned.json":         {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are for 16×24 pixels: the image has 24×16"},
	"cut.json":                        {exit: 3, text: "the file is cut off: its JSON ends too early"},
	"deep.json":                       {exit: 3, text: "0 images and 0 categories: expected COCO's JSON with images, annotations and categories"},
	"file-name-absolute.json":         {exit: 3, text: "refused: its member \"/etc/passwd\" has a name that is not a plain path within it"},
	"file-name-missing.json":          {exit: 3, text: "near byte 48: image 0 of the list: expected id and file_name"},
	"file-name-traversal.json":        {exit: 3, text: "refused: its member \"../../good.png\" has a name that is not a plain path within it"},
	"id-missing.json":                 {exit: 3, text: "near byte 64: image 0 of the list: expected id and file_name"},
	"id-of-text.json":                 {exit: 3, text: "near byte 79: image 0 of the list: id: expected a whole number, found string"},
	"id-twice.json":                   {exit: 3, text: "two images have id 7"},
	"images-an-object.json":           {exit: 3, text: "near byte 12: expected \"[\", found {"},
	"images-of-text.json":             {exit: 3, text: "near byte 15: image 0 of the list: expected an object, found string"},
	"no-bytes.json":                   {exit: 3, text: "the file is cut off: its JSON ends too early"},
	"no-categories.json":              {exit: 3, text: "1 images and 0 categories: expected COCO's JSON with images, annotations and categories"},
	"no-images.json":                  {exit: 3, text: "0 images and 1 categories: expected COCO's JSON with images, annotations and categories"},
	"packed-cut.json":                 {exit: 3, text: "good.png: annotation 0 of its image: its compressed run lengths end within a number"},
	"packed-empty.json":               {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are out of range: they make 0 pixels or more, expected 24×16"},
	"packed-endless-number.json":      {exit: 3, text: "good.png: annotation 0 of its image: its compressed run lengths end within a number"},
	"packed-garbage.json":             {exit: 3, text: "good.png: annotation 0 of its image: its compressed run lengths have the character 'Ã'"},
	"packed-long.json":                {exit: 3, text: "good.png: annotation 0 of its image: its run lengths are out of range: they make 0 pixels or more, expected 24×16"},
	"panoptic-category-negative.json": {exit: 3, text: "good.png: segment 5 has category -9: expected one from 0 to 65533"},
	"panoptic-category-unknown.json":  {exit: 3, text: "good.png: 384 pixels have a label that is no class, the first 9 at (0,0): expected 0 to 0; add classes (dataset.classes), ignore it (dataset.ignore_index: 9) or map it (dataset.label_map)"},
	"panoptic-folder-missing.json":    {exit: 2, text: "no such file or directory: expected a folder or a zip file"},
	"panoptic-id-unknown.json":        {exit: 3, text: ""},
	"panoptic-png-damaged.json":       {exit: 3, text: "the file is cut off: it ends in the middle of the picture; copy it again from where it came", about: "coco/panoptic-png-damaged/good.png"},
	"panoptic-png-missing.json":       {exit: 3, text: "no such file or directory", about: "coco/panoptic-png-missing/gone.png"},
	"panoptic-png-traversal.json":     {exit: 3, text: "refused: its member \"../good.png\" has a name that is not a plain path within it"},
	"panoptic-segment-twice.json":     {exit: 3, text: "good.png: segment 5 stands twice in segments_info, or is 0, which is no segment"},
	"panoptic-segments-of-text.json":  {exit: 3, text: "good.png: annotation 0 of its image: segments_info: expected a list, found string"},
	"panoptic-two-annotations.json":   {exit: 3, text: "good.png has 2 annotations: expected one"},
	"picture-missing.json":            {exit: 3, text: "no such file or directory", about: "gone.png"},
	"polygon-1e400.json":              {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected a number, found number 1e400"},
	"polygon-far-away.json":           {exit: 3, text: "good.png: annotation 0 of its image: a polygon's corner (1e+09, 0) is out of range"},
	"polygon-odd.json":                {exit: 3, text: "good.png: annotation 0 of its image: a polygon has 7 numbers: expected x and y of three corners or more"},
	"polygon-of-text.json":            {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected a number, found string"},
	"polygon-of-two-corners.json":     {exit: 3, text: "good.png: annotation 0 of its image: a polygon has 4 numbers: expected x and y of three corners or more"},
	"polygon-outline-endless.json":    {exit: 3, text: "good.png: annotation 0 of its image: a polygon's outline is longer than 838860 pixels"},
	"segmentation-missing.json":       {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected polygons, or run lengths with size and counts, found nothing"},
	"segmentation-of-a-number.json":   {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected polygons, or run lengths with size and counts, found 3"},
	"segmentation-of-text.json":       {exit: 3, text: "good.png: annotation 0 of its image: segmentation: expected polygons, or run lengths with size and counts, found \"a polygon\""},
	"size-absurd.json":                {exit: 3, text: "near byte 83: image good.png claims to be 1048576×1048576 pixels: expected 1 to 65536 a side and at most 268435456 in all"},
	"size-negative.json":              {exit: 3, text: "near byte 74: image good.png claims to be -24×16 pixels: expected 1 to 65536 a side and at most 268435456 in all"},
	"size-wrong.json":                 {exit: 3, text: "good.png is 12×8 pixels, its image 24×16: masks must have their image's size"},
	"text.json":                       {exit: 3, text: "near byte 0: invalid character 'T' looking for beginning of value"},
	"two-values.json":                 {exit: 3, text: "near byte 232: expected the file's end, found {: are these two files in one?"},
}

// listErrors are the list files of testdata/bad/lists.
var listErrors = map[string]badSays{
	"a-picture.txt":      {exit: 3, text: "1: no picture \"\\x89PNG\" with an extension such as .png in"},
	"absolute.txt":       {exit: 3, text: "not a picture: it begins with", about: "/etc/passwd"},
	"comments-alone.txt": {exit: 3, text: "it has no line"},
	"folder.txt":         {exit: 3, text: "no such file or directory", about: "lists/pictures"},
	"image-missing.txt":  {exit: 3, text: "no such file or directory", about: "lists/gone.png"},
	"json.txt":           {exit: 3, text: "no such file or directory", about: "lists/{\"images\""},
	"line-of-100-KB.txt": {exit: 3, text: "has a line of more than 65536 bytes: expected a text file with a stem, or an image and a mask, a line"},
	"mask-missing.txt":   {exit: 3, text: "no such file or directory", about: "lists/gone.png"},
	"name-empty.txt":     {exit: 3, text: "1: the name \"\" is empty or impossible: expected a stem, or an image and a mask"},
	"no-lines.txt":       {exit: 3, text: "it has no line"},
	"nul.txt":            {exit: 3, text: "1: the name \"good\\x00.png\" is empty or impossible: expected a stem, or an image and a mask"},
	"quote-open.txt":     {exit: 3, text: "1: a quote is not closed"},
	"stem-missing.txt":   {exit: 3, text: "2: no picture \"gone\" with an extension such as .png in"},
	"three-columns.txt":  {exit: 3, text: "1: 3 columns: expected a stem, or an image and a mask"},
	"traversal.txt":      {exit: 3, text: "not a picture: it begins with", about: "/etc/passwd"},
	"utf-16.txt":         {exit: 3, text: "1: the file is UTF-16: expected UTF-8; save it anew"},
}

// npyErrors are the arrays of testdata/bad/npy, each the labels of good/logits.npy.
var npyErrors = map[string]badSays{
	"class-2-40.npy":       {exit: 3, text: "label 1099511627776 in image 0 at (0,1): expected 0 to 2; is it the ignore index (--ignore-index 1099511627776)?"},
	"class-9.npy":          {exit: 3, text: "label 9 in image 0 at (0,1): expected 0 to 2; is it the ignore index (--ignore-index 9)?"},
	"class-negative.npy":   {exit: 3, text: "label -7 in image 0 at (0,1): expected 0 to 2; is it the ignore index (--ignore-index -7)?"},
	"complex.npy":          {exit: 3, text: "the header is not NumPy's: no element type in \"{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2, 2), }                  …\": expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1"},
	"cut-in-header.npy":    {exit: 3, text: "the file ends in its header"},
	"cut.npy":              {exit: 3, text: "shape [1 2 2] of i8 needs 32 bytes, the file has 24: it is cut or damaged"},
	"five-axes.npy":        {exit: 3, text: "shape [1 1 1 2 2]: expected 1,2,2 like the predictions"},
	"float128.npy":         {exit: 3, text: "the header is not NumPy's: element type \"f16\": expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1"},
	"fortran.npy":          {exit: 3, text: "the header is not NumPy's: the array is in Fortran order: save numpy.ascontiguousarray(a) instead"},
	"fraction.npy":         {exit: 3, text: "element 2 is 0.5: expected whole numbers"},
	"header-of-4-GiB.npy":  {exit: 3, text: "a header of 4294967295 bytes: expected at most 65536"},
	"longer.npy":           {exit: 3, text: "shape [1 2 2] of i8 needs 32 bytes, the file has 40: it is cut or damaged"},
	"magic.npy":            {exit: 3, text: "not a .npy file: it begins with \"\\x93NUMPX\"; expected what numpy.save writes"},
	"no-bytes.npy":         {exit: 3, text: "it is empty: not a .npy file, as numpy.save writes it"},
	"no-elements.npy":      {exit: 3, text: "shape [0 2 2]: expected 1,2,2 like the predictions"},
	"not-a-number.npy":     {exit: 3, text: "element 2 is NaN: expected whole numbers"},
	"objects.npy":          {exit: 3, text: "the header is not NumPy's: the array holds Python objects: save numbers, numpy.asarray(a, numpy.int64) for example"},
	"pickle.npy":           {exit: 3, text: "not a .npy file: it begins with \"\\x80\\x04\\x95\\x10\\x00\\x00\"; expected what numpy.save writes"},
	"records.npy":          {exit: 3, text: "the header is not NumPy's: the array holds records: save one of their fields"},
	"shape-absurd.npy":     {exit: 3, text: "shape [1000000 1000000 1000000] of i8 needs 8000000000000000000 bytes, the file has 32: it is cut or damaged"},
	"shape-missing.npy":    {exit: 3, text: "the header is not NumPy's: no shape in \"{'descr': '<i8', 'fortran_order': False, }           \\n\""},
	"shape-negative.npy":   {exit: 3, text: "the header is not NumPy's: no shape in \"{'descr': '<i8', 'fortran_order': False, 'shape': (-1, 2, 2), }                 …\""},
	"shape-of-70-axes.npy": {exit: 3, text: "the header is not NumPy's: 70 axes: expected at most 64"},
	"shape-overflow.npy":   {exit: 3, text: "shape [4294967296 4294967296 4294967296 4294967296] is too large"},
	"size-other.npy":       {exit: 3, text: "shape [1 4 1]: expected 1,2,2 like the predictions"},
	"text-elements.npy":    {exit: 3, text: "the header is not NumPy's: no element type in \"{'descr': '<U8', 'fortran_order': False, 'shape': (1, 2, 2), }                  …\": expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1"},
	"text.npy":             {exit: 3, text: "not a .npy file: it begins with \"0 1 2\\n\"; expected what numpy.save writes"},
	"two-axes-too-few.npy": {exit: 3, text: "shape [4]: expected 1,2,2 like the predictions"},
	"version-9.npy":        {exit: 3, text: ".npy version 9: expected 1 to 3"},
	"zip.npy":              {exit: 3, text: "it is a .npz or zip file: expected one array (numpy.save, not numpy.savez)"},
}

// metadataErrors are the CSV files of testdata/bad/metadata, whose column patient is asked for.
var metadataErrors = map[string]badSays{
	"a-picture.csv":      {exit: 3, text: "it begins with \"\\x89PNG\": expected a CSV file, with a header of column names"},
	"column-missing.csv": {exit: 2, text: "has no column \"patient\"; did you mean \"subject\"?"},
	"column-twice.csv":   {exit: 3, text: "two columns are called \"patient\""},
	"image-missing.csv":  {exit: 3, text: "has no column \"image\" with the images' names: it has [\"file\" \"patient\"]"},
	"name-twice.csv":     {exit: 3, text: "3: image \"good.png\" stands twice"},
	"no-bytes.csv":       {exit: 3, text: "is empty: expected a header of column names"},
	"nul.csv":            {exit: 3, text: "it begins with \"image\": expected a CSV file, with a header of column names"},
	"quote-open.csv":     {exit: 3, text: "parse error on line 2, column 13: extraneous or missing \" in quoted-field"},
	"quote-within.csv":   {exit: 3, text: "parse error on line 2, column 3: bare \" in non-quoted-field"},
	"ragged-long.csv":    {exit: 3, text: "record on line 2: wrong number of fields"},
	"ragged.csv":         {exit: 3, text: "record on line 3: wrong number of fields"},
	"semicolons.csv":     {exit: 3, text: "its columns are separated by ';': expected commas"},
	"tabs.csv":           {exit: 3, text: "its columns are separated by '\\t': expected commas"},
	"utf-16.csv":         {exit: 3, text: "it is UTF-16: expected UTF-8; save it anew"},
}

// configErrors are the configurations of testdata/bad/configs.
var configErrors = map[string]badSays{
	"a-list.yaml":                   {exit: 2, text: "expected sections such as model: and dataset:, found a list"},
	"a-word.yaml":                   {exit: 2, text: "expected sections such as model: and dataset:, found \"model\""},
	"anchor-of-itself.yaml":         {exit: 2, text: "aliases are not supported: write the value out"},
	"anchors-bomb.yaml":             {exit: 2, text: "aliases are not supported: write the value out"},
	"binary.yaml":                   {exit: 2, text: "not YAML: control characters are not allowed"},
	"class-twice.yaml":              {exit: 2, text: "dataset.classes: expected no name twice: elements 0 and 1 are one"},
	"classes-a-map.yaml":            {exit: 2, text: "dataset.classes: expected a list of class names, found a section"},
	"classes-none.yaml":             {exit: 2, text: "dataset.classes: name the classes, in the order of their numbers (--classes background,cell)"},
	"classes-of-text.yaml":          {exit: 2, text: "dataset.classes: expected a list of class names, found \"a\""},
	"deep.yaml":                     {exit: 2, text: "not YAML: exceeded max depth of 10000"},
	"filter-open.yaml":              {exit: 2, text: "dataset.filter: \"[a\" is not a glob pattern such as val/*.png"},
	"format-unknown.yaml":           {exit: 2, text: "dataset.format: unknown format \"cityscape\"; did you mean \"cityscapes\"?"},
	"gate-wrong.yaml":               {exit: 2, text: "gate-wrong.yaml:3:9: gates: gate \"mIoU >\": expected METRIC: CONDITION, such as \"mIoU: min 0.69\" or \"mIoU: non-inferior by 0.5pt at 95%\""},
	"ignore-colors-alone.yaml":      {exit: 2, text: "dataset.ignore_colors: masks in colour need dataset.palette, the colour of each class"},
	"ignore-index-70000.yaml":       {exit: 2, text: "dataset.ignore_index: expected a mask value from 0 to 65535, found \"70000\""},
	"ignore-index-fraction.yaml":    {exit: 2, text: "dataset.ignore_index: expected a mask value from 0 to 65535, found \"2.5\""},
	"instance-divisor-1.yaml":       {exit: 2, text: "dataset.instance_divisor: expected a number from 2 on, such as 1000, or 0 for none, found 1"},
	"interpolation-unknown.yaml":    {exit: 2, text: "preprocess.interpolation: unknown mode \"pil_bilinaer\"; did you mean \"pil_bilinear\"?"},
	"key-twice-within.yaml":         {exit: 2, text: "key \"limit\" stands twice"},
	"key-twice.yaml":                {exit: 2, text: "key \"model\" stands twice"},
	"key-unknown-within.yaml":       {exit: 2, text: "dataset: unknown key \"ignore_indx\"; did you mean \"ignore_index\"?"},
	"key-unknown.yaml":              {exit: 2, text: "unknown key \"datasett\"; did you mean \"dataset\"?"},
	"label-map-a-list.yaml":         {exit: 2, text: "dataset.label_map: expected mask values with their class, such as {8: 1, default: ignore}, or classes with their mask values, such as {cat: [8, 9]}, found a list"},
	"label-map-class-7.yaml":        {exit: 2, text: "dataset.label_map: mask value 5 goes to class 7: the dataset has classes 0 to 2"},
	"label-map-class-fraction.yaml": {exit: 2, text: "dataset.label_map.5: expected mask values with their class, such as {8: 1, default: ignore}, or classes with their mask values, such as {cat: [8, 9]}, found \"1.5\""},
	"label-map-class-negative.yaml": {exit: 2, text: "dataset.label_map.5: expected a number from 0 on, found \"-1\""},
	"label-map-class-unknown.yaml":  {exit: 2, text: "dataset.label_map: \"bb\" is no class; did you mean \"b\"?"},
	"label-map-key-70000.yaml":      {exit: 2, text: "line 2: label_map: key \"70000\": expected a mask value from 0 to 65535 or default, or a class with a list of mask values"},
	"label-map-key-twice.yaml":      {exit: 2, text: "key \"5\" stands twice"},
	"label-map-key.yaml":            {exit: 2, text: "dataset.label_map.seven: expected mask values with their class, such as {8: 1, default: ignore}, or classes with their mask values, such as {cat: [8, 9]}, found \"1\""},
	"label-map-value-negative.yaml": {exit: 2, text: "dataset.label_map.a.0: expected a number from 0 on, found \"-5\""},
	"label-map-value-twice.yaml":    {exit: 2, text: "dataset.label_map: mask value 6 is mapped twice"},
	"limit-2-70.yaml":               {exit: 2, text: "line 2: expected a whole number that is not as large, found 1180591..."},
	"limit-negative.yaml":           {exit: 2, text: "dataset.limit: expected a number from 0 on, found \"-1\""},
	"limit-of-text.yaml":            {exit: 2, text: "dataset.limit: expected a whole number, found \"many\""},
	"memory-unknown.yaml":           {exit: 2, text: "run.memory: expected a size such as 1.5GiB or 800MB, found \"lots\""},
	"merge-key.yaml":                {exit: 2, text: "aliases are not supported: write the value out"},
	"not-yaml.yaml":                 {exit: 2, text: "not YAML: line 1: did not find expected node content"},
	"palette-negative.yaml":         {exit: 2, text: "dataset.palette.1.0: expected a number from 0 on, found \"-1\""},
	"palette-of-300.yaml":           {exit: 2, text: "dataset.palette.1.0: expected a number up to 255, found \"300\""},
	"palette-of-four-numbers.yaml":  {exit: 2, text: "dataset.palette.0: expected a list of [red, green, blue], each 0 to 255, found a list"},
	"palette-of-text.yaml":          {exit: 2, text: "dataset.palette.0: expected a list of [red, green, blue], each 0 to 255, found \"red\""},
	"palette-of-two-numbers.yaml":   {exit: 2, text: "dataset.palette.0: expected a list of [red, green, blue], each 0 to 255, found a list"},
	"palette-short.yaml":            {exit: 2, text: "dataset.palette: 1 colours for 3 classes"},
	"scale-by-0.yaml":               {exit: 2, text: "line 3: scale: expected a number or a ratio such as 1/255, found \"1/0\""},
	"section-of-text.yaml":          {exit: 2, text: "model: expected a section, found \"m.onnx\""},
	"shard-0.yaml":                  {exit: 2, text: "run.shard: expected I/N with I from 1 to N, such as 1/3, found \"0/3\""},
	"size-0.yaml":                   {exit: 2, text: "preprocess.size.0: expected a number from 1 on, found \"0\""},
	"size-2-40.yaml":                {exit: 2, text: "preprocess.size.0: expected a number up to 65536, found \"1099511627776\""},
	"size-of-three.yaml":            {exit: 2, text: "preprocess.size: expected two whole numbers, [height, width], found a list"},
	"std-0.yaml":                    {exit: 2, text: "preprocess.std: element 1 is 0, and is divided by"},
	"tabs.yaml":                     {exit: 2, text: "not YAML: line 2: found character that cannot start any token"},
	"tag-foreign.yaml":              {exit: 2, text: "model: expected a section, found a list"},
	"two-documents.yaml":            {exit: 2, text: "several documents, separated by ---: expected one; put them into files of their own"},
	"workers-of-text.yaml":          {exit: 2, text: "run.workers: expected a whole number, found \"all\""},
}

func badTextFiles() (list []badInput) {
	classes := []string{"a", "b", "c"}
	list = append(list, badOnes("coco", cocoErrors, func(file, _ string) error {
		return readDataset(dataset.Options{Format: "coco", Masks: file, Images: badFolder})
	})...)
	list = append(list, badOnes("lists", listErrors, func(file, _ string) error {
		return readDataset(dataset.Options{Format: "list", Split: file, Classes: classes})
	})...)
	list = append(list, badOnes("npy", npyErrors, func(file, _ string) error {
		return commandError("score", "--logits", filepath.Join("testdata", "bad", "npy", "good", "logits.npy"), "--labels", file)
	})...)
	list = append(list, badOnes("metadata", metadataErrors, func(file, _ string) error {
		_, err := dataset.MetadataColumn(file, "patient")
		return err
	})...)
	return append(list, badOnes("configs", configErrors, func(file, dir string) error {
		return commandError("run", file, "--offline", "--out", filepath.Join(dir, "run"))
	})...)
}

// commandError runs the program in this process, and makes an error of what it says and of its exit code.
func commandError(args ...string) error {
	var out, errs bytes.Buffer
	kind, failed := map[int]fault.Kind{2: fault.Usage, 3: fault.Data, 4: fault.Runtime}[Main(args, strings.NewReader(""), &out, &errs, os.Environ())]
	if !failed {
		return nil
	}
	return fault.Wrap(kind, errors.New(errs.String()))
}
