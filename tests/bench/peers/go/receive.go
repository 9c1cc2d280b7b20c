package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

func (r *receiver) handle(ctx context.Context, id string, content []byte) (response, error) {
	said, err := r.receive(ctx, content)
	if err != nil {
		return response{}, err
	}
	said.Provider, said.RequestID = "jetemail", id
	text, err := json.Marshal(said)
	fmt.Println(string(text))
	if said.Status != http.StatusOK {
		return response{said.Status, fmt.Sprintf(`{"error":%q}`, said.Reason)}, err
	}
	return response{said.Status, fmt.Sprintf(`{"received":%d}`, len(said.Events))}, err
}

func (r *receiver) receive(ctx context.Context, content []byte) (line, error) {
	var asked request
	if err := json.Unmarshal(content, &asked); err != nil {
		return line{}, err
	}
	body := []byte(asked.Body)
	if asked.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(asked.Body)
		if err != nil {
			return line{}, err
		}
		body = decoded
	}
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write(body)
	if !hmac.Equal([]byte(asked.Headers["x-webhook-signature"]), []byte("sha256="+hex.EncodeToString(mac.Sum(nil)))) {
		return line{Status: http.StatusServiceUnavailable, Reason: "the signature does not match"}, nil
	}
	raws := []json.RawMessage{body}
	if bytes.HasPrefix(body, []byte("[")) {
		if err := json.Unmarshal(body, &raws); err != nil {
			return line{}, err
		}
	}
	said := line{Status: http.StatusOK}
	results := make([]struct {
		isNew bool
		err   error
	}, len(raws))
	var group sync.WaitGroup
	for index, raw := range raws {
		var one webhook
		if err := json.Unmarshal(raw, &one); err != nil {
			return line{}, err
		}
		said.Events = append(said.Events, "jetemail:"+one.ID)
		group.Add(1)
		go func(index int, raw []byte) {
			defer group.Done()
			results[index].isNew, results[index].err = r.record(ctx, one, raw)
		}(index, raw)
	}
	group.Wait()
	for _, result := range results {
		if result.err != nil {
			return line{}, result.err
		}
		if result.isNew {
			said.Recorded++
		}
	}
	return said, nil
}
