// The job of a receiver in Go with the AWS SDK. Debian has no package of Lambda's runtime client, so the loop is our own.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

type request struct {
	Body            string            `json:"body"`
	Headers         map[string]string `json:"headers"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type response struct {
	StatusCode int    `json:"statusCode"`
	Body       string `json:"body"`
}

type line struct {
	Provider  string   `json:"provider"`
	Status    int      `json:"status"`
	RequestID string   `json:"request_id"`
	Events    []string `json:"events,omitempty"`
	Recorded  int      `json:"recorded"`
	Reason    string   `json:"reason,omitempty"`
}

type receiver struct {
	table, secret string
	topics        []string
	dynamodb      *dynamodb.Client
	sns           *sns.Client
}

func main() {
	loaded, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	r := &receiver{
		table:    os.Getenv("TABLE_NAME"),
		secret:   os.Getenv("SIGNING_SECRETS"),
		topics:   []string{os.Getenv("BOUNCES_TOPIC_ARN"), os.Getenv("ACTIONS_TOPIC_ARN")},
		dynamodb: dynamodb.NewFromConfig(loaded, dynamodb.WithEndpointResolver(dynamodb.EndpointResolverFromURL(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")))),
		sns:      sns.NewFromConfig(loaded, sns.WithEndpointResolver(sns.EndpointResolverFromURL(os.Getenv("AWS_ENDPOINT_URL_SNS")))),
	}
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		if err := r.serve(url); err != nil {
			log.Fatal(err)
		}
	}
}

// serve answers one invocation.
func (r *receiver) serve(url string) error {
	next, err := http.Get(url + "next")
	if err != nil {
		return err
	}
	content, err := io.ReadAll(next.Body)
	next.Body.Close()
	if err != nil {
		return err
	}
	id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
	answer, err := r.handle(context.Background(), id, content)
	path := "/response"
	if err != nil {
		path, answer = "/error", response{Body: err.Error()}
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	posted, err := http.Post(url+id+path, "application/json", bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	io.Copy(io.Discard, posted.Body)
	return posted.Body.Close()
}
