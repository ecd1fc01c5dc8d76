package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	fmt.Printf("%s (uid %d)\n", strings.ToUpper(strings.Join(os.Args[1:], " ")), os.Getuid())
}
