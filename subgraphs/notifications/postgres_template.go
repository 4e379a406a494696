package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

const versionColumns = `v.name, v.version, v.version = coalesce(t.active, 0), v.category, v.variables, v.texts, v.created_at, v.created_by`

func scanVersion(row pgx.CollectableRow) (*TemplateVersion, error) {
	var v TemplateVersion
	return &v, row.Scan(&v.Template, &v.Version, &v.Active, &v.Category, &v.Variables, &v.Texts, &v.CreatedAt, &v.createdBy)
}

// ActiveVersion reads the version of a template that is used, nil if none is.
func (s *Store) ActiveVersion(ctx context.Context, name string) (*TemplateVersion, error) {
	return s.version(ctx, `v.version = t.active`, name)
}

// TemplateVersion reads a version of a template, nil if there is no such.
func (s *Store) TemplateVersion(ctx context.Context, name string, version int) (*TemplateVersion, error) {
	return s.version(ctx, `v.version = $2`, name, version)
}

func (s *Store) version(ctx context.Context, which string, args ...any) (*TemplateVersion, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+versionColumns+` FROM template_versions v JOIN templates t USING (name) WHERE v.name = $1 AND `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	return v, nil
}

var byName = postgres.Order{Columns: []string{"t.name::text"}}

// Templates reads a page of the templates' names, in order.
func (s *Store) Templates(ctx context.Context, w page.Window) ([]string, error) {
	where, by, limit, args := byName.Window(w, nil)
	rows, err := s.pool.Query(ctx, `SELECT t.name FROM templates t WHERE `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// CountTemplates counts the templates.
func (s *Store) CountTemplates(ctx context.Context) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM templates`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count templates: %w", err)
	}
	return n, nil
}

// TemplatesByName reads templates with all their versions, nil for those that
// are not there.
func (s *Store) TemplatesByName(ctx context.Context, names []string) ([]*NotificationTemplate, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+versionColumns+` FROM template_versions v JOIN templates t USING (name)
		WHERE v.name = ANY($1) ORDER BY v.name, v.version DESC`, names)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	versions, err := pgx.CollectRows(rows, scanVersion)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	found := map[string]*NotificationTemplate{}
	for _, v := range versions {
		if found[v.Template] == nil {
			found[v.Template] = &NotificationTemplate{Name: v.Template}
		}
		t := found[v.Template]
		t.Versions = append(t.Versions, v)
		if v.Active {
			t.Active = v
		}
	}
	templates := make([]*NotificationTemplate, len(names))
	for i, name := range names {
		templates[i] = found[name]
	}
	return templates, nil
}

// AddVersion keeps the version under the next number of its template. Two that
// come at once come one after the other.
func (s *Store) AddVersion(ctx context.Context, v *TemplateVersion) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO templates (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET active = templates.active`, v.Template)
		if err != nil {
			return fmt.Errorf("save template %s: %w", v.Template, err)
		}
		err = tx.QueryRow(ctx, `INSERT INTO template_versions (name, version, category, variables, texts, created_at, created_by)
			SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6 FROM template_versions WHERE name = $1 RETURNING version`,
			v.Template, v.Category, v.Variables, v.Texts, v.CreatedAt, v.createdBy).Scan(&v.Version)
		if err != nil {
			return fmt.Errorf("save template %s: %w", v.Template, err)
		}
		return nil
	})
}

// Activate has a version used from now on.
func (s *Store) Activate(ctx context.Context, name string, version int) error {
	tag, err := s.pool.Exec(ctx, `UPDATE templates t SET active = $2 FROM template_versions v WHERE t.name = $1 AND v.name = t.name AND v.version = $2`, name, version)
	if err != nil {
		return fmt.Errorf("activate template %s: %w", name, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "There is no version %d of a template %q.", version, name)
	}
	return nil
}

// seed keeps the templates that come with the service, each as its version 1,
// unless there is a template of that name.
func (s *Store) seed(ctx context.Context, versions []*TemplateVersion, now time.Time) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		all := &pgx.Batch{}
		for _, v := range versions {
			all.Queue(`WITH fresh AS (INSERT INTO templates (name, active) VALUES ($1, 1) ON CONFLICT DO NOTHING RETURNING name)
				INSERT INTO template_versions (name, version, category, variables, texts, created_at) SELECT name, 1, $2, $3, $4, $5 FROM fresh`,
				v.Template, v.Category, v.Variables, v.Texts, now)
		}
		if err := tx.SendBatch(ctx, all).Close(); err != nil {
			return fmt.Errorf("keep the templates that come with the service: %w", err)
		}
		return nil
	})
}
