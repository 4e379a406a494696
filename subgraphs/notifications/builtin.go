package notifications

import (
	"embed"
	"fmt"
	"io/fs"

	"gopkg.in/yaml.v3"
)

//go:embed templates/*.yaml
var templateFiles embed.FS

// The templates that come with the service.
const (
	templateRoomInvited    = "room.invited"
	templateStudentCreated = "student.created"
	templatePasswordReset  = "password.reset"
	templateDigest         = "digest"
)

// builtin reads and checks the templates that come with the service.
func builtin() ([]*TemplateVersion, error) {
	names, err := fs.Glob(templateFiles, "templates/*.yaml")
	if err != nil {
		return nil, err
	}
	var versions []*TemplateVersion
	for _, name := range names {
		text, err := templateFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var file struct {
			Name      string
			Category  NotificationCategory
			Variables []*TemplateVariable
			Texts     []*TemplateText
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if file.Variables == nil {
			file.Variables = []*TemplateVariable{}
		}
		v := &TemplateVersion{Template: file.Name, Version: 1, Category: file.Category, Variables: file.Variables, Texts: file.Texts}
		if err := v.Check(); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		versions = append(versions, v)
	}
	return versions, nil
}
