// Package events is Amazon EventBridge.
package events
