package notifications_test

import (
	"fmt"
	"testing"

	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/notifications"
)

func TestAccess(t *testing.T) {
	w := newWorld(t)
	askers := map[string]person{
		"person": w.member("person"), "stranger": w.member("stranger"), "teacher": w.member("teacher"), "admin": w.admin, "service": w.sender, "nobody": {},
	}
	teacher := askers["teacher"]
	teacher.Token = w.Issuer.Token(teacher.ID, map[string]any{"roles": []string{"TEACHER"}})
	askers["teacher"] = teacher
	w.people.mu.Lock()
	w.people.known[w.admin.ID] = w.people.known[teacher.ID]
	w.people.mu.Unlock()
	owner := askers["person"]
	w.domain.Get(owner, register, newDevice(t).input("https://push.example/owner"), &struct{}{})
	w.note(owner, "Private", nil)
	w.until("the person was told", func() bool { return w.notes(owner, nil).TotalCount == 1 && len(w.mails(nil)) == 1 })
	id, delivery := w.notes(owner, nil).Edges[0].Node.ID, w.deliveries(variables{"channel": "EMAIL"})[0].ID

	ask := func(operation string) subgraphtest.Ask {
		return func(string) (string, variables) { return operation, nil }
	}
	send := func(field, more string) subgraphtest.Ask {
		return ask(fmt.Sprintf(`mutation { %s(input: {%s, template: "message", variables: {title: "t", text: "x"}}) { requestId } }`, field, more))
	}
	entity := func(kind, id, field string) subgraphtest.Ask {
		return func(string) (string, variables) {
			return `query($of: [_Any!]!) { _entities(representations: $of) { ... on ` + kind + ` { ` + field + ` } } }`,
				variables{"of": []variables{{"__typename": kind, "id": id}}}
		}
	}
	w.domain.CheckAccess(subgraphtest.Access{File: "testdata/access.txt", SDL: notifications.SDL, Askers: askers, Asks: map[string]subgraphtest.Ask{
		"Query.notifications":                 ask(`{ notifications { edges { node { title } } } }`),
		"Query.notificationSettings":          ask(`{ notificationSettings { timeZone } }`),
		"Query.pushSubscriptions":             ask(`{ pushSubscriptions { edges { node { endpoint } } } }`),
		"Query.pushServerKey":                 ask(`{ pushServerKey }`),
		"Query.mailbox":                       ask(`{ mailbox { edges { node { text } } } }`),
		"Query.notificationDeliveries":        ask(`{ notificationDeliveries { edges { node { address } } } }`),
		"Query.bouncedAddresses":              ask(`{ bouncedAddresses { edges { node { address } } } }`),
		"Query.notificationTemplates":         ask(`{ notificationTemplates { edges { node { name } } } }`),
		"Query.notificationTemplate":          ask(`{ notificationTemplate(name: "message") { name } }`),
		"Query.previewNotification":           ask(`{ previewNotification(template: "password.unknown") { title } }`),
		"Mutation.markNotificationRead":       ask(`mutation { markNotificationRead(input: {notificationId: "` + id + `"}) { unreadCount } }`),
		"Mutation.markAllNotificationsRead":   ask(`mutation { markAllNotificationsRead(input: {upToId: "` + id + `"}) { unreadCount } }`),
		"Mutation.updateNotificationSettings": ask(`mutation { updateNotificationSettings(input: {timeZone: "UTC"}) { settings { timeZone } } }`),
		"Mutation.registerPushSubscription": func(asker string) (string, variables) {
			return `mutation($input: RegisterPushSubscriptionInput!) { registerPushSubscription(input: $input) { pushSubscription { id } } }`,
				newDevice(t).input("https://push.example/" + asker)
		},
		"Mutation.unregisterPushSubscription": ask(`mutation { unregisterPushSubscription(input: {endpoint: "https://push.example/owner"}) { endpoint } }`),
		"Mutation.sendNotification":           send("sendNotification", `userId: "`+owner.ID+`"`),
		"Mutation.sendEmail":                  send("sendEmail", `to: "x@y.example"`),
		"Mutation.sendSms":                    send("sendSms", `to: "+491701234567"`),
		"Mutation.sendPush":                   send("sendPush", `userId: "`+owner.ID+`"`),
		"Mutation.createTemplateVersion":      ask(`mutation { createTemplateVersion(input: {name: "loom.ready", category: GENERAL, variables: [], texts: [{locale: "en", title: "t", text: "x"}]}) { version { version } } }`),
		"Mutation.activateTemplateVersion":    ask(`mutation { activateTemplateVersion(input: {name: "message", version: 1}) { template { name } } }`),
		"Mutation.forgetBouncedAddress":       ask(`mutation { forgetBouncedAddress(input: {channel: EMAIL, address: "x@y.example"}) { address } }`),
		"Notification":                        entity("Notification", id, "title"),
		"Delivery":                            entity("Delivery", delivery, "address"),
		"Subscription.notificationReceived": func(asker string) (string, variables) {
			mark := w.Statements.Mark()
			go func() { // everybody hears what they are told themselves
				if p := askers[asker]; asker != "service" && asker != "nobody" {
					w.Statements.Await(mark, "SELECT last FROM people", 1)
					w.domain.Do(w.sender, sendNotification, variables{"input": variables{"userId": p.ID, "template": "message", "variables": variables{"title": asker, "text": asker}}})
				}
			}()
			return `subscription { notificationReceived { title } }`, nil
		},
	}})
}
