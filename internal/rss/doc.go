// Package rss says how much memory the process took.
package rss
