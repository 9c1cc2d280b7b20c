package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type webhook struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	CreatedAt string `json:"created_at"`
	Data      struct {
		UID     string `json:"uid"`
		From    string `json:"from"`
		To      string `json:"to"`
		Subject string `json:"subject"`
	} `json:"data"`
}

type event struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Time      string `json:"time"`
	Recipient string `json:"recipient"`
	Subject   string `json:"subject,omitempty"`
	From      string `json:"from,omitempty"`
}

// record stores an event and returns whether it is new. A known event that still has the outbox mark was not announced.
func (r *receiver) record(ctx context.Context, one webhook, raw []byte) (bool, error) {
	due := one.Type == "outbound.bounced"
	kind := "email.delivered"
	if due {
		kind = "email.bounced"
	}
	key := map[string]types.AttributeValue{"pk": text("jetemail#" + one.Data.UID), "sk": text(one.ID)}
	said := event{"jetemail:" + one.ID, kind, one.CreatedAt, one.Data.To, one.Data.Subject, one.Data.From}
	attributes := map[string]types.AttributeValue{}
	for name, value := range map[string]string{"id": said.ID, "type": kind, "time": said.Time, "recipient": said.Recipient, "subject": said.Subject, "from": said.From} {
		if value != "" {
			attributes[name] = text(value)
		}
	}
	item := map[string]types.AttributeValue{
		"pk": key["pk"], "sk": key["sk"], "event": &types.AttributeValueMemberM{Value: attributes},
		"raw":        &types.AttributeValueMemberB{Value: small(raw)},
		"expires_at": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(180*24*time.Hour).Unix(), 10)},
	}
	if due {
		item["outbox"] = text("1")
	}
	isNew := true
	_, err := r.dynamodb.PutItem(ctx, &dynamodb.PutItemInput{TableName: &r.table, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)")})
	var known *types.ConditionalCheckFailedException
	if errors.As(err, &known) {
		// This version of the SDK cannot ask for the old item in the same call.
		found, err := r.dynamodb.GetItem(ctx, &dynamodb.GetItemInput{TableName: &r.table, Key: key, ConsistentRead: aws.Bool(true)})
		if err != nil || found.Item["outbox"] == nil {
			return false, err
		}
		isNew = false
	} else if err != nil {
		return false, err
	}
	if due {
		if err := r.announce(ctx, said); err != nil {
			return false, err
		}
		if _, err := r.dynamodb.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &r.table, Key: key, UpdateExpression: aws.String("REMOVE outbox")}); err != nil {
			return false, err
		}
	}
	return isNew, nil
}

// announce publishes an event on both topics at the same time.
func (r *receiver) announce(ctx context.Context, said event) error {
	message, err := json.Marshal(said)
	if err != nil {
		return err
	}
	failures := make(chan error, len(r.topics))
	for _, topic := range r.topics {
		go func(topic string) {
			attributes := map[string]snstypes.MessageAttributeValue{"type": {DataType: aws.String("String"), StringValue: &said.Type}}
			_, err := r.sns.Publish(ctx, &sns.PublishInput{TopicArn: &topic, Message: aws.String(string(message)), MessageAttributes: attributes})
			failures <- err
		}(topic)
	}
	for range r.topics {
		if failed := <-failures; failed != nil {
			err = failed
		}
	}
	return err
}

func text(value string) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: value}
}

// small compresses large payloads, because an item can have at most 400 KB.
func small(raw []byte) []byte {
	if len(raw) <= 300_000 {
		return raw
	}
	var compressed bytes.Buffer
	writer := zlib.NewWriter(&compressed)
	writer.Write(raw)
	writer.Close()
	return compressed.Bytes()
}
