/* SPDX-License-Identifier: Apache-2.0 */
/* limits: every cap of mxtap, with its unit and its reason. Nothing else holds a bare cap. */
#ifndef MXTAP_BASE_LIMITS_H
#define MXTAP_BASE_LIMITS_H

/* --- packets --- */
#define LIMIT_TIME_USEC (INT64_MAX / 4) /* a packet's time, from 1970 either way (73,000 years): what a file says is farther is taken for that, so that times can be added and subtracted */
#define LIMIT_VLAN_TAGS 8              /* tags kept per frame; real networks stack 2 or 3 */
#define LIMIT_ENCAPSULATIONS 16        /* headers peeled per frame: a loop of tunnels ends here */
#define LIMIT_IPV6_EXTENSIONS 16       /* extension headers per packet; RFC 8200 names 8 kinds */
#define LIMIT_FRAGMENT_DATAGRAMS 1024  /* datagrams in reassembly at once, per worker */
#define LIMIT_FRAGMENTS 64             /* pieces of one datagram; 64 KiB in 1 KiB pieces */
#define LIMIT_FRAGMENT_BYTES (4 * 1024 * 1024) /* held by all of them; Linux's ipfrag_high_thresh */
#define LIMIT_FRAGMENT_SECONDS 30      /* packet time; RFC 8200 gives 60, Linux uses 30 */

/* --- TCP --- */
#define LIMIT_TCP_HELD_BYTES (256 * 1024) /* out-of-order bytes kept per direction: a full window */
#define LIMIT_TCP_HELD_SEGMENTS 1024      /* pieces of them, so that 1-byte segments cost no more */
#define LIMIT_TCP_HOLE_USEC 1000000       /* an acknowledged hole open longer is a gap (CASES 16) */
#define LIMIT_TCP_WINDOW (16 * 1024 * 1024) /* bytes ahead of the stream a segment or ACK may lie; Linux
                                               windows end at 6 MiB. Farther ones are not believed */
#define LIMIT_TCP_FAR_SEGMENTS 8          /* contiguous far segments after which a one-sided stream follows */
#define LIMIT_TCP_COPIES 8                /* last segments a side remembers to know a mirror's copy */
#define LIMIT_TCP_COPY_USEC 1000000       /* a copy comes within that; later it was sent again */
#define LIMIT_TCP_COPY_NO_ID_USEC 100000  /* the same without an IP id (IPv6): under the least RTO, 200 ms */
#define LIMIT_FLOW_IDLE_SEC 600           /* packet time; RFC 5321 4.5.3.2 waits 5-10 min a step */
#define LIMIT_FLOW_SYN_SEC 30             /* half-open, nothing sent: a scan or a flood */
#define LIMIT_FLOW_CLOSED_SEC 10          /* after FIN or RST both sides agree on: late copies */
#ifndef LIMIT_FLOW_REST_USEC              /* build/rest/mxtap lets them rest at once: tests/run */
#define LIMIT_FLOW_REST_USEC 2000000      /* silence after which a connection is folded into few bytes: copies came by then */
#endif
#define LIMIT_FLOWS (64 << 20)            /* connections in memory, per worker: what --memory holds comes first */
#define LIMIT_MEMORY (512UL << 20)        /* bytes of the process unless --memory says otherwise: a million idle sessions */
#define LIMIT_MEMORY_LEAST (64UL << 20)   /* bytes it can be told to live in: a replay has 14 before the first packet */
#define LIMIT_SHELF_BYTES (256 * 1024)      /* of small blocks kept for who asks next, of each worker: a hundred connections' */
#define LIMIT_WORKER_BYTES (512UL << 20)  /* of connections and mails where no process bounds them (tests, tools) */

/* --- DNS --- */
#define LIMIT_DNS_POINTERS 127         /* compression pointers of one name: one behind each label there can be */
#define LIMIT_DNS_RATIO 8              /* bytes of names read a byte of the message; real ones need 2 to 4 */
#define LIMIT_DNS_RATIO_FREE 4096      /* bytes of names that any message may have */
#define LIMIT_DNS_RECORDS 512          /* records read of one message; a full one over UDP has some 250 */
#define LIMIT_DNS_ADDRESSES 32         /* kept of one answer; large sites give 8 to 16 */
#define LIMIT_DNS_NAMES 8              /* the same of PTR and MX; shared hosts have hundreds, of which none tells more */
#define LIMIT_DNS_CHAIN 8              /* aliases followed; resolvers follow 8 to 16, content networks use 2 to 4 */
#define LIMIT_DNS_QUESTION_SEC 5       /* packet time in which an answer is awaited: resolvers ask again after 5 */
#define LIMIT_DNS_TTL_LEAST 60         /* seconds an answer holds at least */
#define LIMIT_DNS_TTL_MOST 86400       /* and at most; resolvers keep none for longer than one to seven days */
#define LIMIT_DNS_GRACE_SEC 600        /* past its TTL: a mail may end 10 min after its look-ups (RFC 5321 4.5.3.2) */
#define LIMIT_DNS_ANSWER_BYTES (32UL << 20)  /* of answers kept: some 200,000, a day of a busy server */
#define LIMIT_DNS_QUESTION_BYTES (8UL << 20) /* of questions: some 50,000 in 5 s */

/* --- TLS --- */
#define LIMIT_TLS_HANDSHAKE (16 * 1024) /* bytes of a hello, or of the list of certificates; large ones have 2-6 KiB */
#define LIMIT_TLS_NAME 512              /* bytes of a host name, a list of protocols, a certificate's name */

/* --- SMTP --- */
#define LIMIT_SMTP_LINE 4096          /* bytes kept of a command line; RFC 5321 512, AUTH 12288 */
#define LIMIT_SMTP_REPLY_LINE 1024    /* bytes kept of a reply line; RFC 5321 512 */
#define LIMIT_SMTP_PENDING 1024       /* commands waiting for replies; a full window of RCPTs */
#define LIMIT_SMTP_TRANSACTIONS 64    /* of one connection open at once: mails in BDAT chunks, all pipelined */
#define LIMIT_SMTP_TRANSACTIONS_LARGE 16 /* of them whose envelopes may be of full size */
#define LIMIT_SMTP_RCPT 1000          /* recipients kept a mail; RFC 5321 asks servers for 100 */
#define LIMIT_SMTP_PATH 512           /* bytes of an address; RFC 5321 256 with brackets */
#define LIMIT_SMTP_HELO 1024          /* bytes of a HELO name; DNS allows 255 */
#define LIMIT_SMTP_ENVELOPE (256 * 1024) /* bytes of one transaction's strings: 1000 usual recipients */
#define LIMIT_SMTP_ENVELOPE_LATER (16 * 1024) /* the same of one that comes behind those: 60 recipients */
#define LIMIT_SMTP_PARAMS 16          /* ESMTP parameters of one MAIL FROM */
#define LIMIT_SMTP_SMUGGLED 64        /* hidden mails of a connection that are read; each may be read again in the next */
#define LIMIT_FOREIGN_BYTES (8 * 1024) /* bytes of one side without a reply code or command: no mail, with --ports any */
#define LIMIT_SMTP_HELD (64 * 1024)   /* bytes sent ahead of the reply that says what they are (354, 334) */
#define LIMIT_SMTP_REPLY_TEXT 512     /* bytes of mxtap.reply.text and .banner */

/* --- mail --- */
#define LIMIT_MAIL_HELD 16384           /* bytes of one that wait to be decoded together; longer blocks gain nothing */
#define LIMIT_HEADER_BYTES (256 * 1024) /* one header block; Postfix takes 100 KiB */
#define LIMIT_HEADER_FIELD (64 * 1024)  /* one field, unfolded; long To lists reach 30 KiB */
#define LIMIT_HEADER_FIELDS 1000        /* fields of one header block */
#define LIMIT_RECEIVED 64               /* Received fields kept; MTAs bounce loops at 25-100 */
#define LIMIT_RECEIVED_TOKENS 64        /* words and comments of one Received field; real ones have 20 */
#define LIMIT_MIME_DEPTH 16             /* nested multiparts and messages followed */
#define LIMIT_MIME_PARTS 256            /* leaf parts kept in a record */
#define LIMIT_MIME_BOUNDARY 256         /* bytes; RFC 2046 70, real mail up to 100 */
#define LIMIT_MIME_PARAM 1024           /* bytes of one parameter value, decoded */
#define LIMIT_MIME_PARAMS 32            /* parameters of one field */
#define LIMIT_TEXT_VALUE 8192           /* bytes of one decoded header value in a record */
#define LIMIT_ADDRESSES 256             /* mailboxes kept of To or Cc */
#define LIMIT_CHARSETS_OPEN 4           /* iconv handles a parser keeps; each costs glibc up to 32 KiB */
#define LIMIT_ENCODED_MESSAGES 3        /* base64-encoded messages inside each other */
#define LIMIT_SNIFF_BYTES 4096          /* of a part's beginning looked at for its type: some ten names of a ZIP */
#define LIMIT_MIME_PREAMBLE (8 * 1024)  /* bytes held before a multipart's first delimiter; more is no preamble */
#define LIMIT_META_CHARSET 1024         /* bytes of an HTML part searched for its own charset (WHATWG HTML 13.2.3.2) */
#define LIMIT_CHARSET_LABEL 64          /* bytes of a charset name; IANA's longest has 45 */
#define LIMIT_DECODED_WORDS 1024        /* encoded words of one field */

#define LIMIT_BODY_TEXT 1024            /* bytes of visible text that make the body's key: 170 words, 340 Chinese characters */
#define LIMIT_BODY_WORD 320             /* bytes of one word of it: an address has 254 (RFC 5321 4.5.3.1.3) */
#define LIMIT_BODY_ADDRESSES 32         /* mail addresses noted of it: a greeting stands in front */

/* --- links --- */
#define LIMIT_LINKS 1024          /* distinct URLs kept of one mail */
#define LIMIT_LINK_SIGHTINGS 65536 /* links of one mail looked at, repeated ones too: about 60 ms */
#define LIMIT_URL 4096            /* bytes of one URL; browsers take 2-64 KiB */
#define LIMIT_WAITING 16384       /* bytes of relative links kept until the document's base is seen */
#define LIMIT_LINK_TEXT 256       /* bytes of visible text kept beside a link */
#define LIMIT_HTML_TAG_NAME 32    /* bytes */
#define LIMIT_HTML_ATTRIBUTE 8192 /* bytes of one attribute value kept */
#define LIMIT_UNWRAP_DEPTH 4      /* redirectors inside redirectors */

/* --- records --- */
#define LIMIT_RECORD_BYTES (2 * 1024 * 1024) /* strings of one record, arena bytes */
#define LIMIT_WATCHED 64                     /* things of one record said to be on the operator's lists */
#define LIMIT_RECORD_NAMES 8                 /* names with their addresses: of From, envelope and HELO */
#define LIMIT_RECORD_LISTINGS 16             /* blocklist answers; few addresses are on more lists */
#define LIMIT_RECORD_LINE (32 * 1024 * 1024)  /* bytes of its JSON line: one at its very largest, every byte escaped */
#define LIMIT_PARCEL_BYTES (2 * 1024 * 1024)  /* of lines and records kept to be used again, of each worker: what comes in some ten milliseconds */
#define LIMIT_QUEUE_RECORDS 4096             /* finished records between workers and publisher */
#define LIMIT_QUEUE_BYTES (32 * 1024 * 1024) /* and what they hold */
#define LIMIT_WORKERS 32                     /* --workers: more than there are cores for one capture */
#define LIMIT_LANE_RECORDS 512               /* finished records of one of several workers that wait for the others' */
#define LIMIT_LANE_BYTES (8 * 1024 * 1024)   /* and their arenas' bytes */
#define LIMIT_EXCHANGE_BYTES (16 * 1024 * 1024) /* of frames handed to one worker by the others: a tenth of a second of a gigabit */

/* --- findings --- */
#define LIMIT_FINDINGS 128          /* of one mail: the table's rows, and watchlists that hit */
#define LIMIT_FINDING_EVIDENCE 256  /* bytes of one's evidence: what a person reads in a line */
#define LIMIT_FINDING_PAIRS 64      /* links of a mail that are compared with each other or with its recipients */
#define LIMIT_FINDING_RCPT 4        /* recipients whose addresses are looked for in links; a lure is for one */

/* --- summary --- */
#define LIMIT_GLANCE_CONNECTIONS 32768          /* connections that mxtap check tells apart, some 100 bytes each */
#define LIMIT_SUMMARY_VALUES 100000           /* distinct values counted of one kind; then "more than" */
#define LIMIT_SUMMARY_VALUE 200               /* bytes of one kept: what is printed is shorter */
#define LIMIT_SUMMARY_BYTES (8 * 1024 * 1024) /* of all values of one kind */

/* --- Redis --- */
#define LIMIT_REDIS_VALUE 200                     /* bytes of a value in a key or member; the rest is a hash */
#define LIMIT_REDIS_VALUES 64                     /* values of one kind, and links, a mail puts into Redis */
#define LIMIT_REDIS_COMMANDS 2000                 /* of one atomic step, each write by what it costs: about 10 ms of the server */
#define LIMIT_REDIS_CLUSTER_COMMANDS 8000         /* of the steps of all buckets, each of which keeps to the limit above */
#define LIMIT_REDIS_BATCH_BYTES (1024 * 1024)     /* of one step, unless one record alone is larger */
#define LIMIT_REDIS_SEALED (512 * 1024 * 1024)    /* bytes of one step: Redis's own bound on a request's texts */
#define LIMIT_REDIS_SPOOL_MEMORY (4 * 1024 * 1024) /* bytes of steps in memory, of which more are only in the spool */
#define LIMIT_REDIS_SPOOL_SYNC 16                  /* files of the spool open at once for a disk that does not keep up */
#define LIMIT_REDIS_IN_FLIGHT 4                   /* steps sent and not yet answered */
#define LIMIT_REDIS_PENDING_LIVE (64 * 1024 * 1024)  /* bytes of steps kept while the server is away */
#define LIMIT_REDIS_PENDING_REPLAY (8 * 1024 * 1024) /* the same for a replay, which can wait */
#define LIMIT_REDIS_COPIES 65536                  /* mails remembered to know a relayed copy by */
#define LIMIT_REDIS_FIRST 10000                   /* entries of the streams first:<kind> and alerts */

/* --- the report --- */

#define LIMIT_REPORT_TEXT 16384                /* bytes of one text in the register: a sender can fill a record with megabytes */
#define LIMIT_REPORT_LINKS 8                   /* of a mail in the register and in graphs; the record has all */
#define LIMIT_REPORT_BYTES (512 * 1024 * 1024) /* of the register: 10,000 mails that fill every text have some 200 MB */
#define LIMIT_REPORT_VALUES 200000             /* distinct values counted of one kind, 32 MB of them */
#define LIMIT_REPORT_VALUE 400                 /* bytes of one kept: what is shown in a list is shorter */

#endif
