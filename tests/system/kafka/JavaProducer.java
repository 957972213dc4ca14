import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

// Appends a record for each line of the standard input, with the line as its key, as any Java program would: by the
// default partitioner. Arguments: HOST:PORT TOPIC
class JavaProducer {
  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : input.split("\n")) {
        byte[] key = line.getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(arguments[1], key, key)).get();
      }
    }
  }
}
