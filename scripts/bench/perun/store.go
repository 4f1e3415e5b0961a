package main

import (
	"github.com/pkg/errors"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"polycry.pt/poly-go/sortedkv"
	kv "polycry.pt/poly-go/sortedkv/leveldb"
)

// synced waits for the disk at each write: as go-perun ships it a payment can be lost in
// a power cut after it was acknowledged.
var synced = &opt.WriteOptions{Sync: true}

// database is go-perun's database with synced writes.
type database struct{ *kv.Database }

func (d database) Put(key, value string) error { return d.PutBytes(key, []byte(value)) }

func (d database) PutBytes(key string, value []byte) error {
	return errors.WithStack(d.DB.Put([]byte(key), value, synced))
}

func (d database) Delete(key string) error {
	return errors.WithStack(d.DB.Delete([]byte(key), synced))
}

func (d database) NewBatch() sortedkv.Batch { return &batch{db: d.DB} }

type batch struct {
	leveldb.Batch
	db *leveldb.DB
}

func (b *batch) Put(key, value string) error { return b.PutBytes(key, []byte(value)) }

func (b *batch) PutBytes(key string, value []byte) error {
	b.Batch.Put([]byte(key), value)
	return nil
}

func (b *batch) Delete(key string) error {
	b.Batch.Delete([]byte(key))
	return nil
}

func (b *batch) Apply() error { return errors.WithStack(b.db.Write(&b.Batch, synced)) }
