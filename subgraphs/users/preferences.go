package users

import (
	"golang.org/x/text/language"

	"heddle/internal/fault"
)

// Preferences are how a person wants the apps to be.
type Preferences struct {
	Theme         Theme
	Language      string
	notifications NotificationPreferences
}

// Notifications says on which ways the person wants to be told things.
func (p *Preferences) Notifications() *NotificationPreferences { return &p.notifications }

// defaultPreferences are those of somebody who has not said otherwise.
var defaultPreferences = Preferences{
	Theme: ThemeSystem, Language: "en",
	notifications: NotificationPreferences{InApp: true, Email: true},
}

// Edit changes what the input gives.
func (p *Preferences) Edit(in UpdatePreferencesInput) error {
	if in.Theme != nil {
		p.Theme = *in.Theme
	}
	if in.Language != nil {
		tag, err := language.Parse(*in.Language)
		if err != nil || len(*in.Language) > 35 {
			return fault.Field("language", `%q is not a language tag such as "en" or "pt-BR".`, *in.Language)
		}
		p.Language = tag.String()
	}
	if in.Notifications != nil {
		p.notifications.edit(*in.Notifications)
	}
	return nil
}

func (n *NotificationPreferences) edit(in NotificationPreferencesInput) {
	set(&n.InApp, in.InApp)
	set(&n.Email, in.Email)
	set(&n.Sms, in.Sms)
	set(&n.Push, in.Push)
}

func set(into, given *bool) {
	if given != nil {
		*into = *given
	}
}
