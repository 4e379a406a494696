package notifications

import (
	"regexp"
	"time"

	"heddle/internal/fault"
)

// Settings are how a person wants to be told things, as far as this domain
// keeps it. The switches of the whole account are the domain users'.
type Settings struct {
	PersonID string
	Gone     bool // there is no such person any more
	zone     string
	Quiet    Quiet
	Rhythm   Digest
	phone    string
	modes    map[wayOf]DeliveryMode // what differs from the defaults
}

// wayOf is a way on which a person is told of a category.
type wayOf struct {
	Category NotificationCategory
	Channel  NotificationChannel
}

func defaultSettings(person string) *Settings {
	return &Settings{PersonID: person, zone: "UTC", Rhythm: Digest{At: 8 * 60}, modes: map[wayOf]DeliveryMode{}}
}

// Mode says how a person is told of a category on a channel, if they have not
// said otherwise: at once in the app, by mail and on their devices; by text
// message only of what is wrong with their account. SECURITY is not theirs to
// turn off.
func (s *Settings) Mode(category NotificationCategory, channel NotificationChannel) DeliveryMode {
	if category == NotificationCategorySecurity {
		return DeliveryModeImmediate
	}
	if mode, set := s.modes[wayOf{category, channel}]; set {
		return mode
	}
	if channel == NotificationChannelSms {
		return DeliveryModeOff
	}
	return DeliveryModeImmediate
}

// Zone is the person's time zone; UTC if it is not known any more.
func (s *Settings) Zone() *time.Location {
	zone, err := time.LoadLocation(s.zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// QuietUntil is when a message of the category may go out.
func (s *Settings) QuietUntil(category NotificationCategory, now time.Time) time.Time {
	if category == NotificationCategorySecurity {
		return now
	}
	return s.Quiet.Until(now, s.Zone())
}

// E.164: up to 15 digits, the first of the country code.
var phoneNumbers = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func checkPhone(field, number string) error {
	if !phoneNumbers.MatchString(number) {
		return fault.Field(field, `%q is not a telephone number such as "+491701234567".`, number)
	}
	return nil
}

// Edit changes what the input gives.
func (s *Settings) Edit(in UpdateNotificationSettingsInput) (err error) {
	if in.TimeZone != nil {
		if _, err := parseZone(*in.TimeZone); err != nil {
			return err
		}
		s.zone = *in.TimeZone
	}
	if q := in.QuietHours; q != nil {
		if s.Quiet.From, err = parseMinute("quietHours.from", q.From); err != nil {
			return err
		}
		if s.Quiet.To, err = parseMinute("quietHours.to", q.To); err != nil {
			return err
		}
	}
	if d := in.Digest; d != nil {
		if d.At != nil {
			if s.Rhythm.At, err = parseMinute("digest.at", *d.At); err != nil {
				return err
			}
		}
		if d.Rhythm != nil {
			s.Rhythm.Weekly = *d.Rhythm == DigestRhythmWeekly
		}
	}
	if in.Phone != nil {
		if *in.Phone != "" {
			if err := checkPhone("phone", *in.Phone); err != nil {
				return err
			}
		}
		s.phone = *in.Phone
	}
	return s.editModes(in.Modes)
}

func (s *Settings) editModes(modes []*NotificationModeInput) error {
	for _, m := range modes {
		if m.Category == NotificationCategorySecurity && m.Mode != DeliveryModeImmediate {
			return fault.Field("modes", "What is of the category SECURITY is always sent, and at once.")
		}
		if m.Mode == DeliveryModeDigest && m.Channel != NotificationChannelEmail {
			return fault.Field("modes", "Only mails are collected into digests; %s are not.", m.Channel)
		}
		s.modes[wayOf{m.Category, m.Channel}] = m.Mode
	}
	return nil
}

// shown are the settings as the graph shows them.
func (s *Settings) shown() *NotificationSettings {
	shown := &NotificationSettings{
		TimeZone: s.zone, Digest: &DigestSettings{Rhythm: DigestRhythmDaily, At: formatMinute(s.Rhythm.At)},
	}
	if s.Rhythm.Weekly {
		shown.Digest.Rhythm = DigestRhythmWeekly
	}
	if s.Quiet.From != s.Quiet.To {
		shown.QuietHours = &QuietHours{From: formatMinute(s.Quiet.From), To: formatMinute(s.Quiet.To)}
	}
	if s.phone != "" {
		shown.Phone = &s.phone
	}
	for _, category := range AllNotificationCategory {
		for _, channel := range AllNotificationChannel {
			shown.Modes = append(shown.Modes, &NotificationMode{Category: category, Channel: channel, Mode: s.Mode(category, channel)})
		}
	}
	return shown
}
