"""Prints each event of a topic once, also over restarts. Arguments: HOST:PORT TOPIC GROUP DATABASE"""

import json
import sqlite3
import sys

from confluent_kafka import Consumer

brokers, topic, group, database = sys.argv[1:]
db = sqlite3.connect(database)
db.execute("CREATE TABLE IF NOT EXISTS seen (source TEXT, id TEXT, PRIMARY KEY (source, id))")

consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": group,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",  # nothing of transactions that were aborted
    "enable.auto.commit": False,
})
consumer.subscribe([topic])
while True:
    record = consumer.poll(1.0)
    if record is None:
        continue
    if record.error():
        sys.exit(str(record.error()))
    if record.value() is not None:  # a row that was removed from a compacted topic has no value
        event = json.loads(record.value())
        with db:  # what you do with the event belongs into this transaction
            new = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (event["source"], event["id"])).rowcount
            if new:
                print(json.dumps(event, ensure_ascii=False), flush=True)
    consumer.commit(record, asynchronous=False)
