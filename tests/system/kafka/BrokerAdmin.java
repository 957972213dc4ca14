import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

// Does what an administrator of brokers would do by Kafka's scripts, which are not among the broker's jars: a command a
// line on the standard input, "ok" or the error for each on the standard output. Argument: HOST:PORT
class BrokerAdmin {
  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    try (Admin admin = Admin.create(settings)) {
      var lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        try {
          perform(admin, line.split(" ")).get();
          System.out.println("ok");
        } catch (Exception error) {
          System.out.println(String.valueOf(error.getMessage()).replace('\n', ' '));
        }
      }
    }
  }

  private static KafkaFuture<?> perform(Admin admin, String[] words) {
    String name = words[1];
    switch (words[0]) {
      case "partitions": // TOPIC NUMBER
        return admin.createPartitions(Map.of(name, NewPartitions.increaseTo(Integer.parseInt(words[2])))).all();
      case "delete-records": // TOPIC PARTITION BEFORE
        var at = new TopicPartition(name, Integer.parseInt(words[2]));
        return admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(Long.parseLong(words[3])))).all();
      case "delete-topic": // TOPIC
        return admin.deleteTopics(List.of(name)).all();
      case "configure": // TOPIC SETTING VALUE
        var change = new AlterConfigOp(new ConfigEntry(words[2], words[3]), AlterConfigOp.OpType.SET);
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
        return admin.incrementalAlterConfigs(Map.of(topic, List.of(change))).all();
      case "allow": // USER KIND PREFIX OPERATION...
        return admin.createAcls(rights(words, AclPermissionType.ALLOW, PatternType.PREFIXED)).all();
      case "deny": // USER KIND NAME OPERATION...
        return admin.createAcls(rights(words, AclPermissionType.DENY, PatternType.LITERAL)).all();
      case "deny-no-more": // USER KIND NAME OPERATION...
        var filters = rights(words, AclPermissionType.DENY, PatternType.LITERAL).stream().map(AclBinding::toFilter);
        return admin.deleteAcls(filters.toList()).all();
      default:
        throw new IllegalArgumentException("no such command: " + words[0]);
    }
  }

  private static List<AclBinding> rights(String[] words, AclPermissionType permission, PatternType pattern) {
    var resource = new ResourcePattern(ResourceType.fromString(words[2]), words[3], pattern);
    return List.of(words).subList(4, words.length).stream()
        .map(operation -> new AclBinding(resource,
            new AccessControlEntry("User:" + words[1], "*", AclOperation.fromString(operation), permission)))
        .toList();
  }
}
