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
    records = consumer.consume(500, timeout=1.0)
    with db:  # what you do with the events belongs into this transaction
        for record in records:
            if record.error():
                sys.exit(str(record.error()))
            if record.value() is None:  # a row that was removed from a compacted topic
                continue
            event = json.loads(record.value())
            if db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (event["source"], event["id"])).rowcount:
                print(json.dumps(event, ensure_ascii=False), flush=True)
    if records:
        consumer.commit(asynchronous=False)
