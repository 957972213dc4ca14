import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

// Prints each event of a topic once. Arguments: HOST:PORT TOPIC GROUP
class Subscribe {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", arguments[0],
        "group.id", arguments[2],
        "auto.offset.reset", "earliest",
        "isolation.level", "read_committed", // nothing of transactions that were aborted
        "enable.auto.commit", "false");
    // Keep it where you keep what you make of the events, and change both in one transaction.
    Set<List<String>> seen = new HashSet<>();
    ObjectMapper json = new ObjectMapper();
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(arguments[1]));
      while (true) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.value() == null) continue; // a row that was removed from a compacted topic
          JsonNode event = json.readTree(record.value());
          boolean fresh = seen.add(List.of(event.get("source").asText(), event.get("id").asText()));
          if (fresh) System.out.println(event);
        }
        consumer.commitSync();
      }
    }
  }
}
