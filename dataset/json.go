package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// readJSON reads a value; what is wrong is said in a user's words.
func readJSON(raw []byte, to any) error { return plainJSON(json.Unmarshal(raw, to)) }

// plainJSON replaces the names of Go's types in an error.
func plainJSON(err error) error {
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), mentions(err, "unexpected end of JSON input"):
		return errors.New("its JSON ends too early")
	case !errors.As(err, &typed):
		return err
	case typed.Field == "":
		return fmt.Errorf("expected %s, found %s", plainType(typed.Type), typed.Value)
	}
	return fmt.Errorf("%s: expected %s, found %s", typed.Field, plainType(typed.Type), typed.Value)
}

// plainType names what is read into a type.
func plainType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return plainType(t.Elem())
	case reflect.Uint32, reflect.Uint8:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	case reflect.Int, reflect.Int64, reflect.Int32:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "an object"
}
