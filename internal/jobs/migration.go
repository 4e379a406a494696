package jobs

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"heddle/internal/postgres"
)

// schema is where the jobs lie in a domain's database.
const schema = "jobs"

// Migration is the set of River's own tables, in a schema of their own.
func Migration() postgres.Migration {
	migrator, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	files := fstest.MapFS{}
	for i, m := range migrator.AllVersions() {
		up := strings.ReplaceAll(m.SQLUp, "/* TEMPLATE: schema */", schema+".")
		if i == 0 {
			up = "CREATE SCHEMA " + schema + ";\n" + up
		}
		files[fmt.Sprintf("%05d_river.sql", m.Version)] = &fstest.MapFile{
			Data: []byte("-- +goose Up\n-- +goose StatementBegin\n" + up + "\n-- +goose StatementEnd\n"),
		}
	}
	return postgres.Migration{Table: "jobs_version", Files: files}
}
