"""The words of the micro-world: people, places, things, countries, animals. Data only."""

WOMEN = (
    "Mary Anna Lily Emma Sarah Laura Julia Kate Amy Grace "
    "Rose Alice Clara Jane Ruth Susan Helen Nora Ella Lucy"
).split()
MEN = (
    "John Tom Ben Peter Paul James Mark David Jack Sam "
    "Max Adam Henry George Frank Simon Oscar Daniel Luke Robert"
).split()
NAMES = WOMEN + MEN

PLACES = "store park school beach garden library station market farm river church office".split()
OBJECTS = "drink book ball apple ring letter flower key box cake hat kite lamp coin map pen".split()
ADJECTIVES = "red blue green little big old happy small brave kind quiet new".split()

# country, capital, language, continent, money
COUNTRIES = [
    line.split()
    for line in """France Paris French Europe euro
Germany Berlin German Europe euro
Italy Rome Italian Europe euro
Spain Madrid Spanish Europe euro
Portugal Lisbon Portuguese Europe euro
Greece Athens Greek Europe euro
Austria Vienna German Europe euro
Finland Helsinki Finnish Europe euro
Ireland Dublin English Europe euro
Belgium Brussels Dutch Europe euro
England London English Europe pound
Poland Warsaw Polish Europe zloty
Sweden Stockholm Swedish Europe krona
Norway Oslo Norwegian Europe krone
Denmark Copenhagen Danish Europe krone
Hungary Budapest Hungarian Europe forint
Russia Moscow Russian Europe ruble
Ukraine Kyiv Ukrainian Europe hryvnia
Iceland Reykjavik Icelandic Europe krona
Romania Bucharest Romanian Europe leu
Turkey Ankara Turkish Asia lira
China Beijing Chinese Asia yuan
Japan Tokyo Japanese Asia yen
India Delhi Hindi Asia rupee
Thailand Bangkok Thai Asia baht
Vietnam Hanoi Vietnamese Asia dong
Iran Tehran Persian Asia rial
Iraq Baghdad Arabic Asia dinar
Israel Jerusalem Hebrew Asia shekel
Nepal Kathmandu Nepali Asia rupee
Egypt Cairo Arabic Africa pound
Kenya Nairobi Swahili Africa shilling
Morocco Rabat Arabic Africa dirham
Ghana Accra English Africa cedi
Nigeria Abuja English Africa naira
Tunisia Tunis Arabic Africa dinar
Canada Ottawa English America dollar
Brazil Brasilia Portuguese America real
Chile Santiago Spanish America peso
Peru Lima Spanish America sol
Cuba Havana Spanish America peso
Colombia Bogota Spanish America peso
Australia Canberra English Oceania dollar""".splitlines()
]

# animal, its young, its sound
ANIMALS = [
    line.split()
    for line in """dog puppy barks
cat kitten meows
cow calf moos
sheep lamb bleats
horse foal neighs
pig piglet oinks
duck duckling quacks
lion cub roars
goat kid bleats
frog tadpole croaks
hen chick clucks
owl owlet hoots
wolf pup howls
deer fawn bellows
bear cub growls
bee larva buzzes
snake hatchling hisses
donkey foal brays""".splitlines()
]

SINGULAR = (
    "dog cat boy girl king key car tree bird teacher farmer doctor book child man woman horse house"
).split()
PLURAL = (
    "dogs cats boys girls kings keys cars trees birds teachers farmers doctors books children men women "
    "horses houses"
).split()
