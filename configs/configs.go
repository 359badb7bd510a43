// Package configs holds commented example configurations and the schema that every configuration is held against.
package configs

import _ "embed"

// Schema is the JSON schema (2020-12) of a configuration. Editors complete and check YAML files with it.
//
//go:embed segmetry.schema.json
var Schema []byte
