package users

// Lengths of a profile's texts, in characters.
const (
	bioLimit      = 1000
	locationLimit = 100
)

// Profile is what a person tells others about themselves.
type Profile struct{ bio, location, website string }

// Bio is a few sentences.
func (p *Profile) Bio() *string { return textOrNil(p.bio) }

// Location is where the person says they are.
func (p *Profile) Location() *string { return textOrNil(p.location) }

// Website is the address of a page.
func (p *Profile) Website() *string { return textOrNil(p.website) }

// Edit changes what the input gives. Texts that may be missing are emptied by
// an empty text.
func (u *User) Edit(in UpdateProfileInput) error {
	p := &u.profile
	for _, change := range []struct {
		given *string
		set   func(text string) error
	}{
		{in.Username, u.rename},
		{in.FirstName, func(text string) error { return setName(&u.FirstName, "firstName", text) }},
		{in.LastName, func(text string) error { return setName(&u.LastName, "lastName", text) }},
		{in.Avatar, func(text string) error { return setURL(&u.avatar, "avatar", text) }},
		{in.Bio, func(text string) error { return setText(&p.bio, "bio", text, bioLimit, true) }},
		{in.Location, func(text string) error { return setText(&p.location, "location", text, locationLimit, false) }},
		{in.Website, func(text string) error { return setURL(&p.website, "website", text) }},
	} {
		if change.given == nil {
			continue
		}
		if err := change.set(*change.given); err != nil {
			return err
		}
	}
	return nil
}
