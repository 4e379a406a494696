package notifications

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// apiClient asks providers that have an HTTP API. It follows no redirect: what it
// sends is for one address.
func apiClient() *http.Client {
	return &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// apiAnswer is a provider's response, read.
type apiAnswer struct {
	status int
	header http.Header
	body   []byte
}

// apiAsk sends the request. An error is a provider that did not answer.
func apiAsk(client *http.Client, request *http.Request) (a apiAnswer, err error) {
	response, err := client.Do(request)
	if err != nil {
		return a, err
	}
	return readAnswer(response)
}

func readAnswer(response *http.Response) (a apiAnswer, err error) {
	defer response.Body.Close()
	a = apiAnswer{status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, 1<<16))
	return a, err
}

// failed reads an answer that is no success: what the provider is at fault for,
// or wants later, goes another time; the rest not.
func (a apiAnswer) failed(now time.Time, said string) Outcome {
	if said == "" {
		said = http.StatusText(a.status)
	}
	switch {
	case a.status == http.StatusTooManyRequests, a.status == http.StatusRequestTimeout, a.status >= 500,
		a.status == http.StatusUnauthorized: // whoever runs this has to mend the key; the message is not at fault
		o := retry(a.status, said)
		o.After = retryAfter(a.header, now)
		return o
	}
	return refused(a.status, said)
}

// retryAfter reads Retry-After: seconds, or a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// unanswered is the outcome when the provider did not answer in time or at all.
func unanswered(err error) Outcome {
	if errors.Is(err, context.DeadlineExceeded) {
		return retry(0, "It did not answer in time.")
	}
	return retry(0, err.Error())
}
