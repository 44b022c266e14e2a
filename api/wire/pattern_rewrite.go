package wire

// patternRewrites writes out, as conjunctions, the patterns of the models that need look-around, back references or repeats beyond 1,000, none of
// which a linear-time engine has. The key is the pattern exactly as in the model. TestPatternRewrites holds each against examples.
var patternRewrites = map[string][]clause{
	// acm DomainNameString: labels do not start with a hyphen
	`^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$`: {
		{expr: `(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]`}},
	// auditmanager TagKey
	`^(?!aws:)[a-zA-Z+-=._:/]+$`: {{expr: `^aws:`, not: true, find: true}, {expr: `[a-zA-Z+-=._:/]+`}},
	// ce CostCategoryValue: no space at either end
	`^(?! )[\p{L}\p{N}\p{Z}-_]*(?<! )$`: {{expr: `[\p{L}\p{N}\p{Z}\-_]*`}, {expr: `^ | $`, not: true, find: true}},
	// cognito-idp S3BucketType
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`: {{expr: `([0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`}},
	// detective EmailAddress
	`^.+@(?:(?:(?!-)[A-Za-z0-9-]{1,62})?[A-Za-z0-9]{1}\.)+[A-Za-z]{2,63}$`: {
		{expr: `.+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}`}},
	// ds CustomerUserName
	`^(?!.*\\|.*"|.*\/|.*\[|.*\]|.*:|.*;|.*\||.*=|.*,|.*\+|.*\*|.*\?|.*<|.*>|.*@).*$`: {{expr: `.*`}, {expr: `[\\"/\[\]:;|=,+*?<>@]`, not: true, find: true}},
	// ds Password: 8 to 64 characters of three of the four kinds
	`(?=^.{8,64}$)((?=.*\d)(?=.*[A-Z])(?=.*[a-z])|(?=.*\d)(?=.*[^A-Za-z0-9\s])(?=.*[a-z])|(?=.*[^A-Za-z0-9\s])(?=.*[A-Z])(?=.*[a-z])|(?=.*\d)(?=.*[A-Z])(?=.*[^A-Za-z0-9\s]))^.*`: {
		{expr: `.{8,64}`}, {expr: `[a-zA-Z\s]*|[a-z0-9\s]*|[^A-Z0-9]*|[A-Z0-9\s]*|[^a-z0-9]*|[^A-Za-z]*`, not: true}},
	// ds AliasName
	`^(?!D-|d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*`: {{expr: `^[dD]-`, not: true, find: true}, {expr: `[\da-zA-Z]+(-*[\da-zA-Z])*`}},
	// events, ssm: not only white space
	`^(?!\s*$).+`: {{expr: `.+`}, {expr: `\s*`, not: true}},
	// firehose TagKey
	`^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$`: {{expr: `^aws:`, not: true, find: true}, {expr: `[\p{L}\p{Z}\p{N}_.:/=+\-@%]*`}},
	// firehose ClusterJDBCURL
	`jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshift(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+`: {
		{expr: `jdbc:(redshift|postgresql)://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+redshift(-serverless)?\.[a-zA-Z0-9.\-]+:\d{1,5}/[a-zA-Z0-9_$-]+`}},
	// fms ManagedServiceData: no \n or \r written as two characters
	`^((?!\\[nr]).)+`: {{expr: `.+`}, {expr: `\\[nr]`, not: true, find: true}},
	// iam accountAliasType: no two hyphens in a row
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: {{expr: `[a-z0-9][a-z0-9-]{1,61}[a-z0-9]`}, {expr: `--`, not: true, find: true}},
	// inspector2 InstanceUrl
	`^https://[-a-zA-Z0-9()@:%_+.~#?&//=]{1,1024}$`: {{expr: `https://[-a-zA-Z0-9()@:%_+.~#?&/=]+`, length: 1024 + 8}},
	// lambda FunctionUrlFunctionName: the qualifier is not a number
	`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?`: {
		{expr: `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9\-_]{1,64})(:[0-9]*[a-zA-Z\-_][0-9a-zA-Z\-_]*)?`}},
	// lambda CollectionName
	`^(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)$`: {{expr: `^system\.`, not: true, find: true}, {expr: `[_a-zA-Z0-9][^$]*`}},
	// lambda FunctionUrlQualifier and Alias, route53resolver Name: not a number
	`((?!^\d+$)^[0-9a-zA-Z-_]+$)`:        {{expr: `\d+`, not: true}, {expr: `[0-9a-zA-Z\-_]+`}},
	`^(?!^[0-9]+$)([a-zA-Z0-9-_]+)$`:     {{expr: `\d+`, not: true}, {expr: `[0-9a-zA-Z\-_]+`}},
	`^(?!^[0-9]+$)([a-zA-Z0-9\-_' ']+)$`: {{expr: `\d+`, not: true}, {expr: `[0-9a-zA-Z\-_' ]+`}},
	`^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w-\/.@+=,]{1,1017}$`: { // ssm CloudConnectorIamRoleArn
		{expr: `arn:aws[a-z0-9-]*:iam::\d{12}:role/[\w\-/.@+=,]{1,1000}[\w\-/.@+=,]{0,17}`}},
	// scheduler Source: a name that does not start with aws., or a JSON path
	`^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$`: {
		{expr: `^aws\.`, not: true, find: true}, {expr: `[/.\-_A-Za-z0-9].*|\$(\.[\w\-]+(\[(\d+|\*)\])*)*`}},
	// shield LogBucket: a bucket name that is no IPv4 address, without "..", ".-" and "-."
	`^([a-z]|(\d(?!\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3})))([a-z\d]|(\.(?!(\.|-)))|(-(?!\.))){1,61}[a-z\d]$`: {
		{expr: `[a-z\d][a-z\d.\-]{1,61}[a-z\d]`}, {expr: `\.\.|\.-|-\.`, not: true, find: true}, {expr: `^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`, not: true, find: true}},
	// ssm TargetLocationsURL
	`^https:\/\/[-a-zA-Z0-9@:%._\+~#=]{1,253}\.s3(\.[a-z\d-]{9,16})?\.amazonaws\.com\/.{1,2000}`: {
		{expr: `https://[-a-zA-Z0-9@:%._+~#=]{1,253}\.s3(\.[a-z\d-]{9,16})?\.amazonaws\.com/.{1,1000}.{0,1000}`}},
	// ssm InstancePropertyStringFilterKey
	`^.{1,100000}$`: {{expr: `.+`, length: 100000}},
	// ssm StringDateTime: ISO 8601 with its calendar, week and ordinal dates, in basic or extended form
	`^([\-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00)([\.,]\d(?!:))?)?(\17[0-5]\d([\.,]\d)?)?([zZ]|([\-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$`: {
		{expr: `-?\d{4}(` + isoDates + `([T\s](` + isoTimes + `)?([zZ]|-([01]\d|2[0-3]):?([0-5]\d)?)?)?)?`}, {expr: `^-?\d{6}(\W|$)`, not: true, find: true}},
	// sso-admin Duration: P is followed by a number or a time
	`^(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`: {
		{expr: `-?P(\d|T\d).*`}, {expr: `-?P(\d+Y)?(\d+M)?(\d+[DW])?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?`}},
}

// The alternatives of ssm's StringDateTime, one per separator, since a back reference made the separators equal.
const (
	isoDates = `(-(0[1-9]|1[0-2])(-([12]\d|0[1-9]|3[01]))?|(0[1-9]|1[0-2])([12]\d|0[1-9]|3[01])?|-?W([0-4]\d|5[0-2])(-?[1-7])?|-?(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))`
	isoTimes = `([01]\d|2[0-3])([.,]\d)?|([01]\d|2[0-3]):[0-5]\d([.,]\d|:[0-5]\d([.,]\d)?)?|([01]\d|2[0-3])[0-5]\d([.,]\d)?([0-5]\d([.,]\d)?)?|24:?00([.,]\d)?`
)
