// Package federation knows the vocabulary of Apollo Federation: the versions of
// the specification, the directives each version has, how @link names them, and
// how a field set is written.
package federation

import (
	"fmt"
	"regexp"
	"strconv"
)

// Version is a version of the Federation specification.
type Version struct{ Major, Minor int }

// Versions that the composer tells apart.
var (
	V1  = Version{1, 0}
	V20 = Version{2, 0}
	V21 = Version{2, 1}
	V22 = Version{2, 2}
	V23 = Version{2, 3}
	V25 = Version{2, 5}
	V26 = Version{2, 6}
	V27 = Version{2, 7}
	V28 = Version{2, 8}
	V29 = Version{2, 9}
)

// Latest is the newest version that is understood.
var Latest = V29

var versionPattern = regexp.MustCompile(`^v(\d{1,6})\.(\d{1,6})$`)

// ParseVersion reads a version as a link URL spells it: "v2.3".
func ParseVersion(text string) (Version, error) {
	match := versionPattern.FindStringSubmatch(text)
	if match == nil {
		return Version{}, fmt.Errorf("%q is not a version of the form v1.2", text)
	}
	major, _ := strconv.Atoi(match[1])
	minor, _ := strconv.Atoi(match[2])
	return Version{major, minor}, nil
}

// Known says whether the version is one of the specification's.
func (v Version) Known() bool {
	return v == V1 || v.Major == 2 && v.Minor <= Latest.Minor
}

// AtLeast says whether v is other or newer.
func (v Version) AtLeast(other Version) bool {
	return v.Major > other.Major || v.Major == other.Major && v.Minor >= other.Minor
}

func (v Version) String() string { return fmt.Sprintf("v%d.%d", v.Major, v.Minor) }
