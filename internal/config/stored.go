package config

import "go.yaml.in/yaml/v3"

// Stored reads a run folder's config.yaml, as a statistics store has it. Its paths are as the run had them, absolute or
// relative to the working directory of then; what they name need not be there any more.
func Stored(name string, text []byte) (*Config, error) {
	return parseStored(name, text, nil, func(c *Config) []error { return []error{c.Score.Bootstrap.Validate()} })
}

// Rescored is Stored with other values from the command line: what a run with them would have. Nothing is looked for.
func Rescored(name string, text []byte, overrides []Override) (*Config, error) {
	return parseStored(name, text, overrides, func(c *Config) []error {
		return []error{c.Dataset.Validate(), c.Score.Bootstrap.Validate(), c.validateGroup(), c.Report.Plots.Validate()}
	})
}

func parseStored(name string, text []byte, overrides []Override, validate func(*Config) []error) (*Config, error) {
	d := &document{file: name, flags: map[*yaml.Node]string{}}
	return d.parse(text, overrides, func(*document) {}, validate)
}

// Changes lists what two resolved configurations say differently, by key, also where model and dataset lie.
func Changes(base, other []byte) ([]Difference, error) {
	return differences(base, other, nil)
}
