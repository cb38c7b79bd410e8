import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.crypto.KeyGenerator;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.xml.security.Init;
import org.apache.xml.security.encryption.EncryptedData;
import org.apache.xml.security.encryption.EncryptedKey;
import org.apache.xml.security.encryption.XMLCipher;
import org.apache.xml.security.keys.KeyInfo;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.transforms.Transforms;
import org.apache.xml.security.utils.XMLUtils;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Seals and opens envelopes as peers in Java do: open|seal IN OUT SENDER.p12 RECIPIENT.p12 [inclusive|exclusive].
 * And judges signatures: verify FOLDER SENDER.p12 prints true or false for each file, by name.
 */
public class Santuario {
    static final char[] PASSWORD = "changeit".toCharArray();
    static final String DS = "http://www.w3.org/2000/09/xmldsig#";
    static final String XENC = "http://www.w3.org/2001/04/xmlenc#";

    public static void main(String[] args) throws Exception {
        Init.init();
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        if (args[0].equals("verify")) {
            verify(factory, new File(args[1]), certificate(store(args[2])));
            return;
        }
        Document document = factory.newDocumentBuilder().parse(new File(args[1]));
        KeyStore sender = store(args[3]);
        KeyStore recipient = store(args[4]);
        Element out = args[0].equals("open")
            ? open(document, sender, recipient)
            : seal(document, sender, recipient, args[5].equals("exclusive"));
        try (FileOutputStream file = new FileOutputStream(args[2])) {
            XMLUtils.outputDOM(out, file, true);
        }
    }

    static void verify(DocumentBuilderFactory factory, File folder, X509Certificate sender) throws Exception {
        File[] files = folder.listFiles();
        Arrays.sort(files);
        for (File file : files) {
            boolean holds = false;
            try {
                DocumentBuilder builder = factory.newDocumentBuilder();
                builder.setErrorHandler(null);
                Element signature = (Element) builder.parse(file).getElementsByTagNameNS(DS, "Signature").item(0);
                holds = new XMLSignature(signature, "", true).checkSignatureValue(sender);
            } catch (Exception refused) {
                // Whatever cannot be read or has another form does not hold.
            }
            System.out.println(holds);
        }
    }

    static Element open(Document document, KeyStore sender, KeyStore recipient) throws Exception {
        Element signature = (Element) document.getElementsByTagNameNS(DS, "Signature").item(0);
        if (!new XMLSignature(signature, "", true).checkSignatureValue(certificate(sender))) {
            throw new SecurityException("the signature does not hold");
        }
        Element data = (Element) document.getElementsByTagNameNS(XENC, "EncryptedData").item(0);
        Element place = (Element) data.getParentNode();
        XMLCipher cipher = XMLCipher.getInstance();
        cipher.init(XMLCipher.DECRYPT_MODE, null);
        cipher.setKEK(key(recipient));
        cipher.doFinal(document, data);
        return firstElement(place);
    }

    static Element seal(Document document, KeyStore sender, KeyStore recipient, boolean exclusive) throws Exception {
        Element root = document.getDocumentElement();
        Element payload = firstElement((Element) document.getElementsByTagNameNS("*", "PayloadContent").item(0));
        KeyGenerator generator = KeyGenerator.getInstance("AES");
        generator.init(256);
        Key session = generator.generateKey();
        XMLCipher wrapper = XMLCipher.getInstance(XMLCipher.RSA_OAEP);
        wrapper.init(XMLCipher.WRAP_MODE, certificate(recipient).getPublicKey());
        EncryptedKey wrapped = wrapper.encryptKey(document, session);
        KeyInfo wrappedFor = new KeyInfo(document);
        wrappedFor.add(x509(document, recipient));
        wrapped.setKeyInfo(wrappedFor);
        XMLCipher cipher = XMLCipher.getInstance(XMLCipher.AES_256);
        cipher.init(XMLCipher.ENCRYPT_MODE, session);
        EncryptedData data = cipher.getEncryptedData();
        KeyInfo info = new KeyInfo(document);
        info.add(wrapped);
        data.setKeyInfo(info);
        cipher.doFinal(document, payload, false);
        String c14n = exclusive ? "http://www.w3.org/2001/10/xml-exc-c14n#" : "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
        XMLSignature signature = new XMLSignature(document, "", XMLSignature.ALGO_ID_SIGNATURE_RSA_SHA256, c14n);
        root.appendChild(signature.getElement());
        Transforms transforms = new Transforms(document);
        transforms.addTransform(Transforms.TRANSFORM_ENVELOPED_SIGNATURE);
        transforms.addTransform(c14n);
        signature.addDocument("", transforms, XENC + "sha256");
        signature.addKeyInfo(certificate(sender));
        signature.sign(key(sender));
        return root;
    }

    static org.apache.xml.security.keys.content.X509Data x509(Document document, KeyStore store) throws Exception {
        org.apache.xml.security.keys.content.X509Data data = new org.apache.xml.security.keys.content.X509Data(document);
        data.addCertificate(certificate(store));
        return data;
    }

    static KeyStore store(String path) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(path)) {
            store.load(file, PASSWORD);
        }
        return store;
    }

    static X509Certificate certificate(KeyStore store) throws Exception {
        return (X509Certificate) store.getCertificate(store.aliases().nextElement());
    }

    static Key key(KeyStore store) throws Exception {
        return store.getKey(store.aliases().nextElement(), PASSWORD);
    }

    static Element firstElement(Element parent) {
        Node node = parent.getFirstChild();
        while (node != null && node.getNodeType() != Node.ELEMENT_NODE) {
            node = node.getNextSibling();
        }
        return (Element) node;
    }
}
