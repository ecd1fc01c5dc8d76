package main

// #cgo LDFLAGS: -lm
// #include <math.h>
import "C"

import (
	"fmt"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(response, "%.3f\n", float64(C.cbrt(2)))
	})
	log.Fatal(http.ListenAndServe(":7000", nil))
}
